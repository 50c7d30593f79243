import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { type PlacementOutcome, placeVolume } from './place-volume.ts'
import { type PlacementRequest, requestedBytes } from './placement-request.ts'

/**
 * Places many requests one after the other on one snapshot, deducting each from what the next one sees: the same
 * answers as placing them one by one with the ledger written in between.
 */
export function placeInOrder(
  requests: readonly PlacementRequest[],
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
): readonly PlacementOutcome[] {
  let remaining = candidates
  return requests.map((request) => {
    const outcome = placeVolume(request, remaining, policy, nowMs)
    if (outcome.clusterId) remaining = chargeCandidate(remaining, outcome.clusterId, requestedBytes(request))
    return outcome
  })
}

/** The candidates with `bytes` more pending on one of them. */
export function chargeCandidate(
  candidates: readonly Candidate[],
  clusterId: Candidate['clusterId'],
  bytes: bigint,
): readonly Candidate[] {
  return candidates.map((candidate) =>
    candidate.clusterId === clusterId && candidate.figures
      ? {
          ...candidate,
          figures: { ...candidate.figures, pendingBytes: candidate.figures.pendingBytes + bytes },
        }
      : candidate,
  )
}
