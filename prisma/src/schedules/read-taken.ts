import type { SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { TakenSnapshot } from '@flotilla/core/schedules/look-at-schedule'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import { IS_READ_FROM } from '../snapshots/is-read-from.ts'

/**
 * The schedule's snapshots that are not going or gone, newest first.
 *
 * @param states others are left out: where only time limits them there may be very many that nobody has to look at
 */
export async function readTaken(
  client: pg.ClientBase,
  id: SnapshotScheduleId,
  states: readonly SnapshotState[] = ['CREATING', 'AVAILABLE', 'MISSING'],
): Promise<readonly TakenSnapshot[]> {
  const { rows } = await client.query<TakenSnapshot>(
    `SELECT id, name, state, created_at AS "createdAt", ${IS_READ_FROM} AS "isUsed"
     FROM snapshot WHERE schedule_id = $1 AND state = ANY ($2)
     ORDER BY created_at DESC, id DESC`,
    [id, states],
  )
  return rows
}
