import type { PlacementPolicy } from '../../policies/policy.ts'
import type { ObservedCandidate } from '../candidate.ts'
import { type FiguresFilter, reject } from './filter.ts'

/** What was observed in the future was so before the clock was set back: nobody knows how old it is. */
export const isRecent: FiguresFilter = {
  name: 'AGE',
  refuse(candidate, policy, nowMs) {
    if (Math.abs(nowMs - candidate.figures.observedAtMs) <= policy.maxObservationAgeMs) return null
    return reject('OBSERVATION_TOO_OLD', describeAge(candidate, policy, nowMs), 'a poll that succeeds')
  },
  passes: describeAge,
}

function describeAge(
  { figures }: ObservedCandidate,
  { maxObservationAgeMs }: PlacementPolicy,
  nowMs: number,
): string {
  const ageSeconds = Math.round((nowMs - figures.observedAtMs) / 1000)
  const when = ageSeconds < 0 ? `${-ageSeconds} s ahead of the clock` : `${ageSeconds} s ago`
  return `was observed ${when}, at most ${maxObservationAgeMs / 1000} s allowed`
}
