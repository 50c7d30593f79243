import type { SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/** SQL: what ends a schedule. Its snapshots stay. */
export const END_SCHEDULE = `deleted_at = clock_timestamp(), next_run_at = NULL, look_at = NULL, revision = revision + 1,
  updated_at = clock_timestamp()`

/** Schedules go with their volume, which is locked. */
export async function endSchedulesOf(client: pg.ClientBase, volumeId: VolumeId): Promise<void> {
  const { rows } = await client.query<{ id: SnapshotScheduleId }>(
    `UPDATE snapshot_schedule SET ${END_SCHEDULE} WHERE volume_id = $1 AND deleted_at IS NULL RETURNING id`,
    [volumeId],
  )
  await appendEvents(client, { SCHEDULE_CHANGED: rows.map((row) => row.id) })
}
