import type { PlacementPolicy } from '../../policies/policy.ts'
import type { ObservedCandidate } from '../candidate.ts'
import { type FiguresFilter, reject } from './filter.ts'

export const isRecent: FiguresFilter = {
  name: 'AGE',
  refuse(candidate, policy, nowMs) {
    if (nowMs - candidate.figures.observedAtMs <= policy.maxObservationAgeMs) return null
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
  return `was observed ${ageSeconds} s ago, at most ${maxObservationAgeMs / 1000} s allowed`
}
