import { type FiguresFilter, reject } from './filter.ts'

export const isRecent: FiguresFilter = ({ figures }, { maxObservationAgeMs }, nowMs) => {
  const ageMs = nowMs - figures.observedAtMs
  if (ageMs <= maxObservationAgeMs) return null
  return reject(
    'OBSERVATION_TOO_OLD',
    `was observed ${Math.round(ageMs / 1000)} s ago, at most ${maxObservationAgeMs / 1000} s allowed`,
    'a poll that succeeds',
  )
}
