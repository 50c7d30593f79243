import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'

/** So few that no statement holds anything for long; whoever has more to forget calls again. */
const AT_MOST = 500

/**
 * Removes what batches older than `keptMs` saw, the oldest first, a bounded number at a time. Decisions that placed
 * something keep their choice, policy revision and sizes, and note the removal, those too whose last hop found no further cluster; those
 * that refused a request or let a volume grow go altogether, as nothing names them.
 * Several may run at once, each takes others.
 *
 * @returns how many batches went; fewer than `atMost` when no older ones are left
 */
export function forgetDetails(pool: pg.Pool, keptMs: number, atMost = AT_MOST): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `WITH old AS (
         SELECT id FROM placement_batch WHERE decided_at < ${LONG_AGO} ORDER BY decided_at LIMIT $2
         FOR UPDATE SKIP LOCKED),
       unnamed AS (
         DELETE FROM placement_decision AS decision USING old WHERE batch_id = old.id AND ${IS_UNNAMED}),
       placed AS (
         UPDATE placement_decision AS decision SET details_removed_at = clock_timestamp()
         FROM old WHERE batch_id = old.id AND NOT (${IS_UNNAMED}))
       DELETE FROM placement_batch AS batch USING old WHERE batch.id = old.id`,
      [keptMs, atMost],
    )
    await forgetViews(client, keptMs, atMost)
    return rowCount ?? 0
  })
}

/**
 * Those that no batch refers to. Whoever refers to one locks it until commit, so it is locked first and looked at
 * again in a statement of its own: the first one may have missed a batch that was committed while it ran.
 */
async function forgetViews(client: pg.ClientBase, keptMs: number, atMost: number): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM placement_view AS view WHERE created_at < ${LONG_AGO} AND ${IS_UNUSED}
     ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [keptMs, atMost],
  )
  if (rows.length === 0) return
  await client.query(`DELETE FROM placement_view AS view WHERE id = ANY ($1) AND ${IS_UNUSED}`, [
    rows.map(({ id }) => id),
  ])
}

/** A later hop belongs to a volume, whatever came of it. */
const IS_UNNAMED = '(cluster_id IS NULL OR grows_on IS NOT NULL) AND hop = 0'
const IS_UNUSED = 'NOT EXISTS (SELECT FROM placement_batch WHERE view_id = view.id)'
const LONG_AGO = 'clock_timestamp() - make_interval(secs => $1::float8 / 1000)'
