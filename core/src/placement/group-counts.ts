import type { ClusterId } from '../identity/ids.ts'
import { labelOf } from '../policies/label-requirement.ts'
import type { PlacementPolicy, SpreadRule } from '../policies/policy.ts'
import type { Candidate } from './candidate.ts'
import type { PlacementRequest } from './placement-request.ts'

/** How many volumes of one group each cluster holds; clusters without one may be absent. */
export type GroupMembers = ReadonlyMap<ClusterId, number>

export const NO_MEMBERS: GroupMembers = new Map()

export type Groups = ReadonlyMap<string, GroupMembers>

export const NO_GROUPS: Groups = new Map()

/** The members of the request's group; none when it has no group. */
export function membersOf(groups: Groups, { group }: PlacementRequest): GroupMembers {
  return (group !== null && groups.get(group)) || NO_MEMBERS
}

/** Members of the request's group by value of the label that the policy spreads over. */
export type GroupCounts = ReadonlyMap<string, number>

/** Null where there is nothing to spread: no rule, no group, or growth in place. */
export function countGroup(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  { spread }: PlacementPolicy,
  members: GroupMembers,
): GroupCounts | null {
  if (!spread || request.group === null || request.growsOn !== null) return null
  const counts = new Map<string, number>()
  for (const candidate of members.size === 0 ? [] : candidates) {
    const value = spreadValue(candidate, spread)
    const count = members.get(candidate.clusterId)
    if (count) counts.set(value ?? '', (counts.get(value ?? '') ?? 0) + count)
  }
  return counts
}

/** Where a cluster stands in the sense of the rule; undefined when it does not have the label. */
export function spreadValue(candidate: Candidate, { label }: SpreadRule): string | undefined {
  return label === 'cluster' ? candidate.clusterId : labelOf(candidate.labels, label)
}
