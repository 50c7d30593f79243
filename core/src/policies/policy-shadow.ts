import type { ClusterId, DecisionId } from '../identity/ids.ts'

/** A policy that decides beside another without effect, and what came of it since it was set. */
export interface PolicyShadow {
  /** Name of the policy that decides for real. */
  readonly policyName: string
  readonly shadowName: string
  readonly since: Date
  /** Decisions that both have taken. */
  readonly decisions: number
  /** Those of them that came out otherwise. */
  readonly differences: number
  /** Differences where the shadow found no cluster and the active policy did; and the other way round. */
  readonly refusalsOnlyByShadow: number
  readonly refusalsOnlyByActive: number
  /** Batches that the shadow did not decide: it could not keep up, or its records could not be written. */
  readonly skippedBatches: number
}

/** One decision that the shadow would have taken otherwise; of those, the newest are on record. */
export interface RecordedDifference {
  readonly decisionId: DecisionId
  readonly policyRevision: number
  readonly shadowRevision: number
  /** Null when it was refused. */
  readonly clusterId: ClusterId | null
  readonly shadowClusterId: ClusterId | null
  /** Projected ratio of the chosen cluster, on the fleet that both saw; null for a refusal. */
  readonly ratio: number | null
  readonly shadowRatio: number | null
  readonly decidedAt: Date
}
