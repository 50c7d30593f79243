import {
  type DecisionRow,
  readBatches as readStored,
  toRequest,
} from '@flotilla/prisma/placement/read-batches'
import type pg from 'pg'
import type { RecordedBatch, RecordedDecision, RecordedVolume } from './records.ts'

const BATCHES_AT_ONCE = 500

/** By batch, in the order they were taken. */
export type DecisionsByBatch = ReadonlyMap<string, readonly RecordedDecision[]>

/** Every decision under the policy, or under any; without those whose details have been removed. */
export async function readDecisionsByBatch(
  sql: pg.Pool,
  policyName: string | null = null,
): Promise<DecisionsByBatch> {
  const { rows } = await sql.query<DecisionRow>(
    `SELECT * FROM placement_decision WHERE policy_name = coalesce($1, policy_name) AND details_removed_at IS NULL
     ORDER BY decided_at, batch_id, position`,
    [policyName],
  )
  const batches = new Map<string, RecordedDecision[]>()
  for (const row of rows) {
    const members = batches.get(row.batch_id) ?? []
    batches.set(row.batch_id, members)
    members.push(toDecision(row))
  }
  return batches
}

/** The batches of these decisions in the order of the placement lock; a few at a time, as they are large. */
export async function* readBatches(sql: pg.Pool, decisions: DecisionsByBatch): AsyncGenerator<RecordedBatch> {
  const { rows: order } = await sql.query<{ id: string }>(
    'SELECT id FROM placement_batch WHERE id = ANY ($1) ORDER BY decided_at, id',
    [[...decisions.keys()]],
  )
  for (let start = 0; start < order.length; start += BATCHES_AT_ONCE) {
    const ids = order.slice(start, start + BATCHES_AT_ONCE).map(({ id }) => id)
    const stored = await readStored(sql, ids)
    for (const id of ids) {
      const batch = stored.get(id)
      if (!batch) throw new Error(`what batch ${id} saw is gone`)
      const { nowMs, policy, candidates, groups } = batch
      yield { id, decidedAtMs: nowMs, policy, candidates, groups, decisions: decisions.get(id) ?? [] }
    }
  }
}

/** Every volume that was placed under the policy, those that are gone too. */
export async function readVolumes(sql: pg.Pool, policyName: string): Promise<readonly RecordedVolume[]> {
  const { rows } = await sql.query<Omit<RecordedVolume, 'endedAtMs'> & { endedAt: Date | null }>(
    `SELECT volume.id, volume.name, volume.state, size_bytes AS "sizeBytes", replicas, cluster.name AS "clusterName",
            decision_id AS "decisionId", backend_name AS "backendName",
            least(deleted_at, (SELECT finished_at FROM operation WHERE volume_id = volume.id
                               AND kind = 'CREATE_VOLUME' AND state = 'FAILED')) AS "endedAt"
     FROM volume JOIN cluster ON cluster.id = cluster_id WHERE policy_name = $1`,
    [policyName],
  )
  return rows.map(({ endedAt, ...volume }) => ({ ...volume, endedAtMs: endedAt?.getTime() ?? null }))
}

function toDecision(row: DecisionRow): RecordedDecision {
  return {
    id: row.id,
    hop: row.hop,
    decidedAtMs: row.decided_at.getTime(),
    clusterId: row.cluster_id,
    request: toRequest(row),
  }
}
