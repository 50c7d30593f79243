import type { ClusterId } from '../identity/ids.ts'
import type { Ratio } from '../units/ratio.ts'
import type { CandidateFigures } from './candidate.ts'

export const REJECTION_REASONS = [
  'NOT_SOURCE_CLUSTER',
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
  'LABELS_NOT_MATCHED',
  'VOLUME_TOO_LARGE',
  'TOO_MANY_VOLUMES',
  'GROUP_LIMIT',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

/** What is asked of a candidate. */
export const FILTER_NAMES = [
  'SOURCE',
  'ADMISSION',
  'CONNECTION',
  'HEALTH',
  'LABELS',
  'OBSERVATION',
  'AGE',
  'EFFECTIVE_CAPACITY',
  'VOLUME_COUNT',
  'EXCLUSION',
  'REPLICAS',
  'VOLUME_SIZE',
  'GROUP',
  'PROMISED',
  'WRITTEN',
] as const
export type FilterName = (typeof FILTER_NAMES)[number]

/** Why a cluster does not qualify, with the numbers used. */
export interface Rejection {
  readonly reason: RejectionReason
  /** In the request's terms: `needs 4.00 TiB, would be 1.63 of 1.50 allowed`. */
  readonly explanation: string
  /** What would make it pass, in words. */
  readonly remedy: string
  /** How many bytes too much the request is for this cluster, of WRITTEN_LIMIT how many are missing physically; null where bytes are not the cause. */
  readonly shortfallBytes: bigint | null
  /** The largest logical size, of a growth the largest growth, that would pass here, 0 when none would; null where bytes are not the cause. */
  readonly fittingSizeBytes: bigint | null
}

export const SCORE_TERMS = ['PROJECTED_RATIO', 'CURRENT_RATIO', 'PREFERENCE', 'GROUP_SPREAD'] as const

/** One part of a score, in units of the ratio. */
export interface ScoreTerm {
  readonly name: (typeof SCORE_TERMS)[number]
  /** What it is made of, for people. */
  readonly explanation: string
  /** Negative where it speaks for the cluster. */
  readonly value: Ratio
}

/** What one filter says of a candidate, whatever the others say. */
export interface FilterAnswer {
  readonly name: FilterName
  /** UNKNOWN: there are no figures that it could judge by. */
  readonly outcome: 'PASSED' | 'REFUSED' | 'UNKNOWN'
  /** In the request's terms, with the numbers used, for one that passes too. */
  readonly explanation: string
  /** Null unless it refuses. */
  readonly rejection: Rejection | null
}

/** What placement found about one candidate. */
export interface CandidateVerdict {
  readonly clusterId: ClusterId
  readonly clusterName: string
  readonly figures: CandidateFigures | null
  /** With the request added; null where there is no ratio. */
  readonly projectedRatio: Ratio | null
  /** Sum of the terms, lower is better; null for a rejected one. */
  readonly score: Ratio | null
  readonly terms: readonly ScoreTerm[]
  /** Score of the next one in rank less its own; null for the last and for a rejected one. */
  readonly margin: Ratio | null
  /** Whether the next one in rank is as good, so that only a hash of the volume's id put it behind; false for a rejected one. */
  readonly isTie: boolean
  /** Why it comes after others with a higher score: it has had its share. Null when it does not yield. */
  readonly yields: string | null
  /** Null when the cluster qualifies. */
  readonly rejection: Rejection | null
  /** Every filter's answer, in the order in which they are asked. Worked out when it is first read. */
  readonly filters: readonly FilterAnswer[]
  /** Order among those that qualify, 1 is the chosen one; null for a rejected one. */
  readonly rank: number | null
}
