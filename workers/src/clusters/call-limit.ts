import type { ClusterId } from '@flotilla/core/identity/ids'

/**
 * Bulkhead: how many volumes of one cluster this process works on at once. Work beyond that is put off instead of
 * waiting, so that a slow cluster never holds the places that others need.
 */
export interface CallLimit {
  /** Runs `work` if the cluster has a place free, else answers `null` at once. */
  run<T>(clusterId: ClusterId, work: () => Promise<T>): Promise<T> | null
}

export function createCallLimit(perCluster: number): CallLimit {
  const running = new Map<ClusterId, number>()
  return {
    run(clusterId, work) {
      const count = running.get(clusterId) ?? 0
      if (count >= perCluster) return null
      running.set(clusterId, count + 1)
      return work().finally(() => {
        const left = (running.get(clusterId) ?? 1) - 1
        if (left > 0) running.set(clusterId, left)
        else running.delete(clusterId)
      })
    },
  }
}
