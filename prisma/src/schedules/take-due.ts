import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

/** One whose worker is killed before it has been looked at is looked at by another after so long. */
const TAKEN_FOR_SECONDS = 10

/** Schedules are spread over `count` shards by their ids. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/**
 * Takes schedules that are to be looked at, the longest due first, and puts them off: who takes at the same time takes
 * others.
 *
 * @param overdueMs how long they must have been due already
 */
export async function takeDueSchedules(
  pool: pg.Pool,
  { index, count }: Shard,
  limit: number,
  overdueMs = 0,
): Promise<readonly SnapshotScheduleId[]> {
  const { rows } = await pool.query<{ id: SnapshotScheduleId }>(
    `UPDATE snapshot_schedule SET look_at = clock_timestamp() + make_interval(secs => ${TAKEN_FOR_SECONDS})
     WHERE id IN (
       SELECT id FROM snapshot_schedule
       WHERE look_at <= clock_timestamp() - make_interval(secs => $4::float8 / 1000)
         AND abs(hashtext(id)::bigint) % $2 = $1
       ORDER BY look_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [index, count, limit, overdueMs],
  )
  return rows.map((row) => row.id)
}
