import { type Charge, chargeCandidates, chargeGroups } from '@flotilla/core/placement/charge'
import { type Groups, NO_MEMBERS } from '@flotilla/core/placement/group-counts'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type { HistoryRange, RecordedHistory } from '@flotilla/core/ports/placement-records'
import type pg from 'pg'
import { type DecisionRow, toRequest } from './read-batches.ts'
import { replayRows } from './read-decisions.ts'
import { storedPolicy } from './stored-candidates.ts'
import { storedGroups } from './stored-groups.ts'

/** Decisions read by one statement; between two of them others are served. */
const PAGE = 1_000

/**
 * The newest decisions of the range, oldest first, and the fleet as the first of them saw it. Decisions count by their
 * last hop: an earlier one has been undone. Reads page by page, without a lock: what is on record never changes until its
 * details are removed, and goes back no further.
 *
 * @throws RecordFaultError when the first one does not replay from its record
 */
export async function readHistory(pool: pg.Pool, range: HistoryRange): Promise<RecordedHistory | null> {
  const newest = await readNewest(pool, range)
  const rows = newest.slice(0, range.limit).toReversed()
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) return null
  const [hop] = await replayRows(pool, [first])
  const before = await readBefore(pool, first)
  const policies = await readPolicies(pool, rows)
  const groups = await readFirstGroups(pool, rows, before)
  return {
    candidates: chargeCandidates(hop?.seen ?? [], before),
    groups,
    nowMs: first.decided_at.getTime(),
    decisions: rows.map((row) => {
      const policy = policies.get(policyKey(row))
      if (!policy) throw new Error(`the batch of decision ${row.id} is gone`)
      return { request: toRequest(row), clusterId: row.cluster_id, policy }
    }),
    firstAt: first.decided_at,
    lastAt: last.decided_at,
    hasEarlier: newest.length > range.limit,
  }
}

/** The newest first, one more than the limit if there are so many. */
async function readNewest(
  pool: pg.Pool,
  { from, to, limit, policyName }: HistoryRange,
): Promise<readonly DecisionRow[]> {
  const rows: DecisionRow[] = []
  for (;;) {
    const last = rows.at(-1)
    const wanted = Math.min(PAGE, limit + 1 - rows.length)
    const page = await pool.query<DecisionRow>(
      `SELECT decision.* FROM placement_batch AS batch JOIN placement_decision AS decision ON decision.batch_id = batch.id
       WHERE batch.decided_at >= coalesce($1::timestamptz, '-infinity') AND batch.decided_at < coalesce($2::timestamptz, 'infinity')
         AND batch.decided_at <= coalesce($3::timestamptz, 'infinity')
         AND ($3::timestamptz IS NULL OR (batch.decided_at, batch.id, decision.position) < ($3, $4, $5))
         AND ($6::text IS NULL OR decision.policy_name = $6)
         AND NOT EXISTS (SELECT 1 FROM placement_decision AS later
                         WHERE later.id = decision.id AND later.hop > decision.hop)
       ORDER BY batch.decided_at DESC, batch.id DESC, decision.position DESC LIMIT $7`,
      [from, to, last?.decided_at, last?.batch_id, last?.position, policyName, wanted],
    )
    rows.push(...page.rows)
    if (page.rows.length < wanted || rows.length > limit) return rows
  }
}

function policyKey({ policy_name, policy_revision }: DecisionRow): string {
  return `${policy_name}/${policy_revision}`
}

/** One object for each revision, as the first batch under it recorded it. */
async function readPolicies(
  pool: pg.Pool,
  rows: readonly DecisionRow[],
): Promise<ReadonlyMap<string, PlacementPolicy>> {
  const batchIds = new Map(rows.toReversed().map((row) => [policyKey(row), row.batch_id]))
  const { rows: batches } = await pool.query<{ id: string; policy: unknown }>(
    `SELECT batch.id, coalesce(batch.policy::json, view.policy) AS policy
     FROM placement_batch AS batch LEFT JOIN placement_view AS view ON view.id = view_id WHERE batch.id = ANY ($1)`,
    [[...batchIds.values()]],
  )
  const byId = new Map(batches.map(({ id, policy }) => [id, storedPolicy(policy)]))
  return new Map(
    [...batchIds].flatMap(([key, id]) => {
      const policy = byId.get(id)
      return policy ? [[key, policy] as const] : []
    }),
  )
}

/** What had been decided in the same batch before. */
async function readBefore(pool: pg.Pool, first: DecisionRow): Promise<readonly Charge[]> {
  const { rows } = await pool.query<DecisionRow>(
    'SELECT * FROM placement_decision WHERE batch_id = $1 AND position < $2 ORDER BY position',
    [first.batch_id, first.position],
  )
  return rows.flatMap((row) =>
    row.cluster_id ? [{ request: toRequest(row), clusterId: row.cluster_id }] : [],
  )
}

/**
 * Who was where before the range's first member of each group. A batch recorded only the groups it was asked for, so
 * each comes from the first batch that names it.
 */
async function readFirstGroups(
  pool: pg.Pool,
  rows: readonly DecisionRow[],
  before: readonly Charge[],
): Promise<Groups> {
  const firstBatches = new Map<string, string>()
  for (const { placement_group: group, batch_id } of rows) {
    if (group !== null && !firstBatches.has(group)) firstBatches.set(group, batch_id)
  }
  if (firstBatches.size === 0) return new Map()
  const { rows: batches } = await pool.query<{ id: string; groups: unknown }>(
    'SELECT id, groups FROM placement_batch WHERE id = ANY ($1)',
    [[...new Set(firstBatches.values())]],
  )
  const byId = new Map(batches.map(({ id, groups }) => [id, storedGroups(groups)]))
  const groups: Groups = new Map(
    [...firstBatches].map(([group, batchId]) => [group, byId.get(batchId)?.get(group) ?? NO_MEMBERS]),
  )
  const inFirstBatch = before.filter(
    ({ request: { group } }) => group !== null && firstBatches.get(group) === rows[0]?.batch_id,
  )
  return chargeGroups(groups, inFirstBatch)
}
