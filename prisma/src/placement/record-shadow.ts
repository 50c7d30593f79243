import type { PolicyShadow } from '@flotilla/core/policies/policy-shadow'
import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'

/** What one batch adds to the counters. */
export type ShadowCounts = Pick<
  PolicyShadow,
  'decisions' | 'differences' | 'refusalsOnlyByShadow' | 'refusalsOnlyByActive' | 'skippedBatches'
>

/** One setting of a shadow, and when the batch was decided. */
export interface ShadowedMoment {
  readonly policyName: string
  readonly since: Date
  readonly decidedAt: Date
}

export interface ShadowRow {
  readonly decision_id: string
  readonly policy_revision: number
  readonly shadow_revision: number
  readonly cluster_id: string | null
  readonly shadow_cluster_id: string | null
  readonly ratio: number | null
  readonly shadow_ratio: number | null
}

/** The newest differences of a policy that are kept. */
const DIFFERENCES_KEPT = 1_000

/**
 * Adds to the counters, exact under any number of servers, and records the differences; the oldest ones make room.
 * Nothing when the shadow has been set anew meanwhile: the counters are another's then.
 */
export async function recordShadow(
  pool: pg.Pool,
  { policyName, since, decidedAt }: ShadowedMoment,
  counts: ShadowCounts,
  rows: readonly ShadowRow[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      `WITH shadow AS (
         UPDATE policy_shadow
         SET decisions = decisions + $3, differences = differences + $4,
             refusals_only_by_shadow = refusals_only_by_shadow + $5,
             refusals_only_by_active = refusals_only_by_active + $6, skipped_batches = skipped_batches + $7
         WHERE policy_name = $1 AND since = $2 RETURNING policy_name)
       INSERT INTO shadow_difference (policy_name, decision_id, policy_revision, shadow_revision, cluster_id,
                                      shadow_cluster_id, ratio, shadow_ratio, decided_at)
       SELECT policy_name, decision_id, policy_revision, shadow_revision, cluster_id, shadow_cluster_id, ratio,
              shadow_ratio, $8
       FROM shadow, jsonb_to_recordset($9::jsonb) AS row(decision_id text, policy_revision int, shadow_revision int,
         cluster_id text, shadow_cluster_id text, ratio float8, shadow_ratio float8)`,
      [
        policyName,
        since,
        counts.decisions,
        counts.differences,
        counts.refusalsOnlyByShadow,
        counts.refusalsOnlyByActive,
        counts.skippedBatches,
        decidedAt,
        JSON.stringify(rows),
      ],
    )
    if (rows.length === 0) return
    await client.query(
      `DELETE FROM shadow_difference WHERE policy_name = $1 AND sequence <= (
         SELECT sequence FROM shadow_difference WHERE policy_name = $1 ORDER BY sequence DESC OFFSET $2 LIMIT 1)`,
      [policyName, DIFFERENCES_KEPT],
    )
  })
}
