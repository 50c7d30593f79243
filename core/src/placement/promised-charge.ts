import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { CandidateFigures } from './candidate.ts'
import type { DecidedRequest } from './decide-batch.ts'
import { headroomBytes } from './headroom.ts'

/** What the decisions of one batch add to a cluster's pending bytes. */
export interface PromisedCharge {
  readonly clusterId: ClusterId
  readonly bytes: bigint
  /** Of the volumes among them. */
  readonly maxReplicas: number
  readonly grows: boolean
}

/** One for each cluster that was chosen. */
export function promisedCharges(decided: readonly DecidedRequest[]): readonly PromisedCharge[] {
  const charges = new Map<ClusterId, PromisedCharge>()
  for (const { request, decision, chargedBytes } of decided) {
    const { clusterId } = decision
    if (!clusterId) continue
    const before = charges.get(clusterId)
    charges.set(clusterId, {
      clusterId,
      bytes: (before?.bytes ?? 0n) + chargedBytes,
      maxReplicas: Math.max(before?.maxReplicas ?? 0, request.replicas),
      grows: (before?.grows ?? false) || request.growsOn !== null,
    })
  }
  return [...charges.values()]
}

/**
 * Whether figures that a poll has brought since allow what was decided on older ones. Growth has limits of its own, and counts
 * would have to be read anew.
 */
export function allowsCharge(
  figures: CandidateFigures,
  policy: PlacementPolicy,
  { bytes, maxReplicas, grows }: PromisedCharge,
): boolean {
  if (grows || policy.maxVolumesPerCluster !== null) return false
  return maxReplicas <= figures.maxReplicas && bytes <= headroomBytes(figures, policy)
}
