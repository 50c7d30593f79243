import type { SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/** Those of a volume, which is locked, that keep a number of snapshots only: each new one may cost an old one. */
export async function pauseRotation(client: pg.ClientBase, volumeId: VolumeId): Promise<void> {
  const { rows } = await client.query<{ id: SnapshotScheduleId }>(
    `UPDATE snapshot_schedule SET is_paused = true, next_run_at = NULL, look_at = NULL, revision = revision + 1,
            updated_at = clock_timestamp()
     WHERE volume_id = $1 AND keep_count IS NOT NULL AND NOT is_paused AND deleted_at IS NULL RETURNING id`,
    [volumeId],
  )
  await appendEvents(client, { SCHEDULE_CHANGED: rows.map((row) => row.id) })
}
