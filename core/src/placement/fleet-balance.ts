import { compareRatios, projectedRatio, type Ratio, ratioToNumber, subtractRatios } from '../units/ratio.ts'
import type { Candidate } from './candidate.ts'

/** How evenly a fleet is filled, every cluster counting alike; null where no cluster has a ratio. */
export interface FleetBalance {
  readonly peakRatio: Ratio | null
  /** Highest ratio less lowest. */
  readonly spread: Ratio | null
  readonly meanRatio: number | null
  /** Standard deviation of the ratios. */
  readonly deviation: number | null
  /** Highest ratio / mean, 1 when all are alike; null for an empty fleet as well. */
  readonly peakToMean: number | null
}

const UNKNOWN: FleetBalance = {
  peakRatio: null,
  spread: null,
  meanRatio: null,
  deviation: null,
  peakToMean: null,
}

export function fleetBalance(candidates: readonly Candidate[]): FleetBalance {
  const ratios = candidates
    .flatMap(({ figures }) => (figures && projectedRatio(figures, 0n)) ?? [])
    .toSorted(compareRatios)
  const [lowest, peakRatio] = [ratios[0], ratios.at(-1)]
  if (!lowest || !peakRatio) return UNKNOWN
  const numbers = ratios.map(ratioToNumber)
  const meanRatio = meanOf(numbers)
  return {
    peakRatio,
    spread: subtractRatios(peakRatio, lowest),
    meanRatio: toSixPlaces(meanRatio),
    deviation: toSixPlaces(Math.sqrt(meanOf(numbers.map((ratio) => (ratio - meanRatio) ** 2)))),
    peakToMean: meanRatio > 0 ? toSixPlaces(ratioToNumber(peakRatio) / meanRatio) : null,
  }
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

/** As exact as the ratios themselves are shown; what lies behind is the noise of adding floats. */
function toSixPlaces(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000
}
