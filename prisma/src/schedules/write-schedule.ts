import type { Recurrence } from '@flotilla/core/schedules/recurrence'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { SCHEDULE_COLUMNS, type ScheduleColumns, toSchedule } from './schedule-row.ts'

/** Runs a statement that writes one schedule, and appends its event. */
export async function writeSchedule(
  client: pg.ClientBase,
  statement: string,
  values: readonly unknown[],
): Promise<SnapshotSchedule> {
  const { rows } = await client.query<ScheduleColumns>(`${statement} RETURNING ${SCHEDULE_COLUMNS}`, [
    ...values,
  ])
  const [row] = rows
  if (!row) throw new Error('a written schedule was not returned')
  await appendEvents(client, { SCHEDULE_CHANGED: [row.id] })
  return toSchedule(row)
}

/** As the columns every_seconds, pattern, time_zone, start_at. */
export function recurrenceValues(recurrence: Recurrence): readonly unknown[] {
  return recurrence.kind === 'INTERVAL'
    ? [recurrence.everySeconds, null, null, recurrence.startAt]
    : [null, recurrence.pattern, recurrence.timeZone, recurrence.startAt]
}
