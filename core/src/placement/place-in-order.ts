import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { chargeCandidates, chargeGroups } from './charge.ts'
import { type Groups, membersOf, NO_GROUPS } from './group-counts.ts'
import { type PlacementOutcome, placeVolume } from './place-volume.ts'
import type { PlacementRequest } from './placement-request.ts'

/**
 * Places many requests one after the other on one snapshot, deducting each from what the next one sees: the same
 * answers as placing them one by one with the ledger written in between.
 */
export function placeInOrder(
  requests: readonly PlacementRequest[],
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
  groups: Groups = NO_GROUPS,
): readonly PlacementOutcome[] {
  let remaining = candidates
  let present = groups
  return requests.map((request) => {
    const outcome = placeVolume(request, remaining, policy, nowMs, membersOf(present, request))
    const { clusterId } = outcome
    if (clusterId) {
      remaining = chargeCandidates(remaining, [{ request, clusterId }])
      present = chargeGroups(present, [{ request, clusterId }])
    }
    return outcome
  })
}
