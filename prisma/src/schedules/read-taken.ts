import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { TakenSnapshot } from '@flotilla/core/schedules/look-at-schedule'
import type pg from 'pg'

/** The schedule's snapshots that are not going or gone, newest first. */
export async function readTaken(
  client: pg.ClientBase,
  id: SnapshotScheduleId,
): Promise<readonly TakenSnapshot[]> {
  const { rows } = await client.query<TakenSnapshot>(
    `SELECT id, name, state, created_at AS "createdAt",
            EXISTS (SELECT 1 FROM volume WHERE source_snapshot_id = snapshot.id AND state = 'CREATING'
                    OR restore_snapshot_id = snapshot.id AND state = 'RESTORING') AS "isUsed"
     FROM snapshot WHERE schedule_id = $1 AND state IN ('CREATING', 'AVAILABLE', 'MISSING')
     ORDER BY created_at DESC, id DESC`,
    [id],
  )
  return rows
}
