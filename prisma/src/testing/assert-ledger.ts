import assert from 'node:assert/strict'
import type pg from 'pg'

interface LedgerRow {
  cluster_id: string
  pending_bytes: bigint
  promised_bytes: bigint
  provisioned_ratio: number | null
  expected_ratio: number | null
}

/** The greatest error that adding up in floats may leave. */
const EPSILON = 1e-9

/**
 * design.md 3, rule 4: a cluster's pending bytes are what our volumes there have beyond what its last inventory holds;
 * to be true after whatever a test has done. @throws AssertionError
 */
export async function assertLedger(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<LedgerRow>(
    `SELECT cluster_id, pending_bytes, promised.bytes AS promised_bytes, provisioned_ratio,
            (provisioned_bytes + pending_bytes)::float8 / nullif(effective_bytes, 0) AS expected_ratio
     FROM cluster_capacity AS capacity, LATERAL (
       SELECT coalesce(sum(greatest(0, size_bytes * replicas - observed_bytes)), 0)::bigint AS bytes
       FROM volume WHERE volume.cluster_id = capacity.cluster_id AND state NOT IN ('DELETED', 'FAILED')) AS promised`,
  )
  for (const row of rows) {
    assert.equal(row.pending_bytes, row.promised_bytes, `pending bytes of ${row.cluster_id}`)
    const error = Math.abs((row.provisioned_ratio ?? 0) - (row.expected_ratio ?? 0))
    assert.ok(error < EPSILON, `provisioned ratio of ${row.cluster_id} is off by ${error}`)
  }
}
