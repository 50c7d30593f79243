import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import type { RecordedDecision, RecordedVolume } from './records.ts'

interface Return {
  readonly atMs: number
  readonly bytes: bigint
}

/** What one cluster was given back, over time. */
export class Returns {
  readonly #atMs: number[] = []
  /** Sums of the first ones: of none, of one, of two, ... */
  readonly #sums: bigint[] = [0n]

  constructor(returns: readonly Return[]) {
    let sum = 0n
    for (const { atMs, bytes } of returns.toSorted((a, b) => a.atMs - b.atMs)) {
      sum += bytes
      this.#atMs.push(atMs)
      this.#sums.push(sum)
    }
  }

  /** Bytes that were given back before this moment. */
  before(ms: number): bigint {
    let low = 0
    let high = this.#atMs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#atMs[middle] as number) < ms) low = middle + 1
      else high = middle
    }
    return this.#sums[low] ?? 0n
  }
}

/**
 * Promised bytes come back when the cluster confirms the deletion, when it refuses the volume for good, or when the volume
 * is placed elsewhere.
 *
 * @param decisions in the order they were taken
 */
export function collectReturns(
  decisions: readonly RecordedDecision[],
  volumes: readonly RecordedVolume[],
): ReadonlyMap<ClusterId, Returns> {
  const returns = new Map<ClusterId, Return[]>()
  const giveBack = ({ clusterId, request }: RecordedDecision, atMs: number): void => {
    if (!clusterId) return
    const list = returns.get(clusterId) ?? []
    returns.set(clusterId, list)
    list.push({ atMs, bytes: requestedBytes(request) })
  }
  const present = new Map<VolumeId, RecordedDecision>()
  for (const decision of decisions) {
    if (!decision.clusterId) continue
    const former = present.get(decision.request.volumeId)
    if (former) giveBack(former, decision.decidedAtMs)
    present.set(decision.request.volumeId, decision)
  }
  for (const { id, endedAtMs } of volumes) {
    const last = present.get(id)
    if (last && endedAtMs !== null) giveBack(last, endedAtMs)
  }
  return new Map([...returns].map(([clusterId, list]) => [clusterId, new Returns(list)]))
}
