import { compareRatios, projectedRatio, type Ratio, subtractRatios } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'

/** How evenly a fleet is filled; null where no cluster has a ratio. */
export interface FleetBalance {
  readonly peakRatio: Ratio | null
  /** Highest ratio less lowest. */
  readonly spread: Ratio | null
}

export function fleetBalance(candidates: readonly Candidate[]): FleetBalance {
  const ratios = candidates
    .flatMap(({ figures }) => (figures && projectedRatio(figures, 0n)) ?? [])
    .toSorted(compareRatios)
  const [lowest, peakRatio] = [ratios[0], ratios.at(-1)]
  if (!lowest || !peakRatio) return { peakRatio: null, spread: null }
  return { peakRatio, spread: subtractRatios(peakRatio, lowest) }
}
