import type { ClusterId } from '../identity/ids.ts'
import type { Ratio } from '../units/ratio.ts'
import type { CandidateFigures } from './candidate.ts'

export const REJECTION_REASONS = [
  'CORDONED',
  'DRAINING',
  'EXCLUDED',
  'NOT_CONNECTED',
  'NOT_OBSERVED',
  'OBSERVATION_TOO_OLD',
  'UNHEALTHY',
  'TOO_FEW_REPLICAS',
  'NO_EFFECTIVE_CAPACITY',
  'PROMISED_LIMIT',
  'WRITTEN_LIMIT',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

/** Why a cluster does not qualify, with the numbers used. */
export interface Rejection {
  readonly reason: RejectionReason
  /** In the request's terms: `needs 4.00 TiB, would be 1.63 of 1.50 allowed`. */
  readonly explanation: string
  /** How many bytes too much the request is for this cluster, where bytes are the cause. */
  readonly shortfallBytes: bigint | null
}

/** What placement found about one candidate. */
export interface CandidateVerdict {
  readonly clusterId: ClusterId
  readonly clusterName: string
  readonly figures: CandidateFigures | null
  /** With the request added; null where there is no ratio. */
  readonly projectedRatio: Ratio | null
  /** Null when the cluster qualifies. */
  readonly rejection: Rejection | null
  /** Order among those that qualify, 1 is the chosen one; null for a rejected one. */
  readonly rank: number | null
}
