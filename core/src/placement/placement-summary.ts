import type { Ratio } from '../units/ratio.ts'
import { explainRefusal, type RefusalReason } from './explain-refusal.ts'
import type { CandidateVerdict } from './verdict.ts'

/** A placement in a few figures, where the verdicts of every cluster would be too much. */
export interface PlacementSummary {
  /** Of the chosen cluster, with the request added; null when none qualifies. */
  readonly projectedRatio: Ratio | null
  /** Score of the second in rank less that of the chosen one; null when fewer than two qualify. */
  readonly margin: Ratio | null
  /** Whether the second is as good as the chosen one, so that a hash of the volume's id decided. */
  readonly isTie: boolean
  /** How many clusters qualify. */
  readonly qualifyingCount: number
  /** Why the others do not, the reason of most clusters first. */
  readonly reasons: readonly RefusalReason[]
}

/** @param verdicts as `placeVolume` orders them */
export function summarizePlacement(verdicts: readonly CandidateVerdict[]): PlacementSummary {
  const qualifying = verdicts.filter(({ rank }) => rank !== null)
  const chosen = qualifying[0]
  return {
    projectedRatio: chosen?.projectedRatio ?? null,
    margin: chosen?.margin ?? null,
    isTie: chosen?.isTie ?? false,
    qualifyingCount: qualifying.length,
    reasons: explainRefusal(verdicts),
  }
}
