import type { ClusterId, DecisionId, VolumeId } from '../identity/ids.ts'
import type { CandidateVerdict } from './verdict.ts'

/** The recorded outcome of one placement. */
export interface PlacementDecision {
  readonly id: DecisionId
  /** The volume that was asked for. A refused request has an id too, but no volume. */
  readonly volumeId: VolumeId
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly policyName: string
  readonly policyRevision: number
  /** Null when no cluster qualified, or none any more after those that had refused the volume. */
  readonly clusterId: ClusterId | null
  /** Every candidate; the chosen one first, then by rank, then the rejected ones by name. Empty once removed. */
  readonly verdicts: readonly CandidateVerdict[]
  /** When what the decision was made of was removed, so that it can no longer be replayed; null while it is kept. */
  readonly detailsRemovedAt: Date | null
  /** How many clusters had refused the volume before this choice. */
  readonly hop: number
  readonly decidedAt: Date
}
