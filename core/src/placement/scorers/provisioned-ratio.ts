import type { Ratio } from '../../units/ratio.ts'
import type { ObservedCandidate } from '../candidate.ts'
import type { PlacementContext } from '../placement-context.ts'
import { type PlacementRequest, requestedBytes } from '../placement-request.ts'
import type { ScoreTerm } from '../verdict.ts'

/** What the policy ranks by: the ratio after placing, or the ratio now. */
export function provisionedRatio(
  request: PlacementRequest,
  { figures }: ObservedCandidate,
  { policy }: PlacementContext,
): ScoreTerm {
  const promisedBytes = figures.provisionedBytes + figures.pendingBytes
  const over = (numerator: bigint): Ratio => ({ numerator, denominator: figures.effectiveBytes })
  return policy.ranking === 'LOWEST_CURRENT_RATIO'
    ? { name: 'CURRENT_RATIO', explanation: 'promised / effective', value: over(promisedBytes) }
    : {
        name: 'PROJECTED_RATIO',
        explanation: '(promised + request) / effective',
        value: over(promisedBytes + requestedBytes(request)),
      }
}
