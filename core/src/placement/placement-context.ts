import type { PlacementPolicy } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import { countGroup, type GroupCounts, type GroupMembers } from './group-counts.ts'
import type { PlacementRequest } from './placement-request.ts'

/** What filters and scorers need besides the request and the candidate. */
export interface PlacementContext {
  readonly policy: PlacementPolicy
  /** Milliseconds since the epoch; ages are measured against it. */
  readonly nowMs: number
  /** Null where there is nothing to spread. */
  readonly groupCounts: GroupCounts | null
  /** Name of the only cluster that may take the request; null when any may. */
  readonly pinnedName: string | null
}

export function placementContext(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PlacementPolicy,
  nowMs: number,
  members: GroupMembers,
): PlacementContext {
  const { pinnedTo } = request
  const pinned = pinnedTo && candidates.find((candidate) => candidate.clusterId === pinnedTo)
  return {
    policy,
    nowMs,
    groupCounts: countGroup(request, candidates, policy, members),
    pinnedName: pinned ? pinned.clusterName : pinnedTo,
  }
}
