import type { Candidate } from '../candidate.ts'
import { spreadValue } from '../group-counts.ts'
import type { PlacementContext } from '../placement-context.ts'
import type { ScoreTerm } from '../verdict.ts'

/**
 * Under SPREAD each member of the group that shares the label's value counts like a whole cluster's capacity
 * promised, so that spreading goes before balance. Clusters without the label share one value of their own: none.
 */
export function groupSpread(candidate: Candidate, context: PlacementContext): ScoreTerm | null {
  const count = groupPenalty(candidate, context)
  if (count === 0) return null
  return {
    name: 'GROUP_SPREAD',
    explanation: `${count} of the group in the same ${context.policy.spread?.label}`,
    value: { numerator: BigInt(count), denominator: 1n },
  }
}

/** The term's value, a whole number. */
export function groupPenalty(
  candidate: Candidate,
  { policy: { spread }, groupCounts }: PlacementContext,
): number {
  if (spread?.mode !== 'SPREAD' || !groupCounts) return 0
  return groupCounts.get(spreadValue(candidate, spread) ?? '') ?? 0
}
