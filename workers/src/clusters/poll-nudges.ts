import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Clock } from '@flotilla/core/ports/clock'

/** Changes that come soon after each other need one poll. */
const GATHER_MS = 1_000
/** Under steady change a cluster is polled this often; what is promised counts from its commit, seen or not. */
const REST_MS = 10_000

/** Asks for a poll of a cluster after a change of ours. Lost with the process, at the cost of waiting for the next regular poll. */
export interface PollNudges {
  /**
   * Polls within a second or so, or when the cluster has rested since its last nudged poll.
   *
   * @param readsInventory whether the change is one of what is provisioned: one that comes to the same sum is seen in no statistics
   */
  nudge(clusterId: ClusterId, readsInventory?: boolean): void
  /** Forgets what has not been begun; waits for what has. */
  close(): Promise<void>
}

/** Kept in memory instead of in the queue: there, asking cost as much as a poll. */
export function createPollNudges(
  clock: Pick<Clock, 'now' | 'after'>,
  poll: (clusterId: ClusterId, readsInventory: boolean) => Promise<void>,
): PollNudges {
  const waiting = new Map<ClusterId, { readonly forget: () => void; readsInventory: boolean }>()
  const restingUntil = new Map<ClusterId, number>()
  const underWay = new Set<Promise<void>>()
  let isClosed = false

  const begin = (clusterId: ClusterId): void => {
    const readsInventory = waiting.get(clusterId)?.readsInventory ?? true
    waiting.delete(clusterId)
    restingUntil.set(clusterId, clock.now() + REST_MS)
    const work: Promise<void> = poll(clusterId, readsInventory).finally(() => underWay.delete(work))
    underWay.add(work)
  }

  return {
    nudge(clusterId, readsInventory = true) {
      if (isClosed) return
      const awaited = waiting.get(clusterId)
      if (awaited) {
        awaited.readsInventory ||= readsInventory
        return
      }
      const restMs = (restingUntil.get(clusterId) ?? 0) - clock.now()
      const delayMs = Math.max(restMs, GATHER_MS)
      const forget = clock.after(delayMs, () => begin(clusterId))
      waiting.set(clusterId, { forget, readsInventory })
    },
    async close() {
      isClosed = true
      for (const { forget } of waiting.values()) forget()
      await Promise.all(underWay)
    },
  }
}
