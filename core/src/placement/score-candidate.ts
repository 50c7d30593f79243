import { addRatios, type Ratio } from '../units/ratio.ts'
import type { ObservedCandidate } from './candidate.ts'
import type { PlacementContext } from './placement-context.ts'
import type { PlacementRequest } from './placement-request.ts'
import { groupSpread } from './scorers/group-spread.ts'
import { preferredLabels } from './scorers/preferred-labels.ts'
import { provisionedRatio } from './scorers/provisioned-ratio.ts'
import type { ScoreTerm } from './verdict.ts'

/** Every term of a candidate's score, each on a fixed scale: none depends on who else is a candidate. */
export function scoreTerms(
  request: PlacementRequest,
  candidate: ObservedCandidate,
  context: PlacementContext,
): readonly ScoreTerm[] {
  const spread = groupSpread(candidate, context)
  return [
    provisionedRatio(request, candidate, context),
    ...preferredLabels(candidate, context.policy),
    ...(spread ? [spread] : []),
  ]
}

/** The exact sum of the terms; lower wins. */
export function totalScore(terms: readonly ScoreTerm[]): Ratio {
  return terms.map((term) => term.value).reduce(addRatios)
}
