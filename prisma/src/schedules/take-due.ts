import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'

/** One whose worker is killed before it has been looked at is looked at by another after so long. */
const TAKEN_FOR_SECONDS = 10

const TAKE = prepared(
  `UPDATE snapshot_schedule SET look_at = clock_timestamp() + make_interval(secs => ${TAKEN_FOR_SECONDS})
   WHERE id IN (
     SELECT id FROM snapshot_schedule WHERE look_at <= clock_timestamp()
     ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING id`,
)

/**
 * Takes schedules that are to be looked at, the longest due first, and puts them off: who takes at the same time takes
 * others.
 */
export async function takeDueSchedules(pool: pg.Pool, limit: number): Promise<readonly SnapshotScheduleId[]> {
  const { rows } = await pool.query<{ id: SnapshotScheduleId }>(TAKE([limit]))
  return rows.map((row) => row.id)
}
