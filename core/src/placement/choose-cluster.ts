import type { ClusterId } from '../identity/ids.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { type GroupMembers, NO_MEMBERS } from './group-counts.ts'
import type { PlacementRequest } from './placement-request.ts'
import { Placer } from './placer.ts'

/**
 * The answer of `placeVolume` without the verdicts. For more than one request on the same view keep a `Placer`: most
 * of the work is in its making.
 */
export function chooseCluster(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
  members: GroupMembers = NO_MEMBERS,
): ClusterId | null {
  const groups = request.group === null ? undefined : new Map([[request.group, members]])
  return new Placer(candidates, policy, nowMs, groups).choose(request)
}
