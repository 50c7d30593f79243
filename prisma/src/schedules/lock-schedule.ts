import { NotFoundError } from '@flotilla/core/errors'
import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type pg from 'pg'
import { SCHEDULE_COLUMNS, type ScheduleColumns, toSchedule } from './schedule-row.ts'

/** The schedule as it stays until the transaction ends, and the database's time. @throws NotFoundError */
export async function lockSchedule(
  client: pg.ClientBase,
  id: SnapshotScheduleId,
): Promise<{ schedule: SnapshotSchedule; now: Date }> {
  const { rows } = await client.query<ScheduleColumns & { now: Date }>(
    `SELECT ${SCHEDULE_COLUMNS}, clock_timestamp()::timestamptz(3) AS now FROM snapshot_schedule WHERE id = $1 FOR UPDATE`,
    [id],
  )
  const [row] = rows
  if (!row) throw new NotFoundError(`there is no snapshot schedule ${id}`, ['input', 'id'])
  return { schedule: toSchedule(row), now: row.now }
}
