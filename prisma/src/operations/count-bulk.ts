import type { OperationId } from '@flotilla/core/identity/ids'
import { type BulkCounts, bulkState } from '@flotilla/core/operations/bulk-counts'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/**
 * Counts the items of a bulk operation, whose row must be locked, and writes what has changed with one event, however
 * many items it was.
 *
 * @returns whether anything has changed
 */
export async function countBulk(client: pg.ClientBase, id: OperationId): Promise<boolean> {
  const counts = await readCounts(client, id)
  const { pending, running, succeeded, failed, cancelled } = counts
  const state = bulkState(counts)
  const isDone = pending + running === 0
  const { rowCount } = await client.query(
    `UPDATE bulk_operation SET pending = $2, running = $3, succeeded = $4, failed = $5, cancelled = $6,
            finished_at = CASE WHEN $7 THEN clock_timestamp() END
     WHERE operation_id = $1
       AND ((pending, running, succeeded, failed, cancelled) IS DISTINCT FROM ($2, $3, $4, $5, $6)
            OR (finished_at IS NOT NULL) IS DISTINCT FROM $7)`,
    [id, pending, running, succeeded, failed, cancelled, isDone],
  )
  if (rowCount === 0) return false
  await client.query(
    `UPDATE operation SET state = $2::text,
            started_at = CASE WHEN $2::text <> 'PENDING' THEN coalesce(started_at, clock_timestamp()) END,
            finished_at = CASE WHEN $3::boolean THEN clock_timestamp() END, progress = $4,
            error_code = CASE WHEN $5::int > 0 AND $3 THEN 'ITEMS_FAILED' END,
            error_message = CASE WHEN $5::int > 0 AND $3 THEN $5::int || ' items have failed; each of them says why' END
     WHERE id = $1`,
    [id, state, isDone, isDone ? null : bulkProgress(counts), failed],
  )
  await appendEvents(client, { OPERATION_CHANGED: [id] })
  return true
}

function bulkProgress({ pending, running, succeeded, failed, cancelled }: BulkCounts): string {
  const ended = succeeded + failed + cancelled
  return `${ended} of ${ended + running + pending} items have ended, ${failed} of them failed`
}

async function readCounts(client: pg.ClientBase, id: OperationId): Promise<BulkCounts> {
  const { rows } = await client.query<BulkCounts>(
    `SELECT count(*) FILTER (WHERE child_id IS NULL AND begun_at IS NULL)::int AS pending,
            count(*) FILTER (WHERE child_id IS NULL AND begun_at IS NOT NULL OR state IN ('PENDING', 'RUNNING'))::int AS running,
            count(*) FILTER (WHERE state = 'SUCCEEDED')::int AS succeeded,
            count(*) FILTER (WHERE state = 'FAILED')::int AS failed,
            count(*) FILTER (WHERE state = 'CANCELLED')::int AS cancelled
     FROM bulk_item LEFT JOIN operation ON operation.id = child_id WHERE operation_id = $1`,
    [id],
  )
  const [counts] = rows
  if (!counts) throw new Error('a count has no row')
  return counts
}
