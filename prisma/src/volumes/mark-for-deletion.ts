import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { VOLUME_COLUMNS } from './volume-columns.ts'
import { toVolume } from './volume-row.ts'

/** For a locked row. A failed volume left nothing behind, so there is nothing to wait for. */
export async function markVolumeForDeletion(client: pg.ClientBase, volume: Volume): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = $2, revision = revision + 1, generation = generation + 1,
            settled_generation = CASE WHEN $2 = 'DELETED' THEN generation + 1 ELSE settled_generation END, updated_at = clock_timestamp(),
            next_reconcile_at = clock_timestamp(), shrink_to_bytes = NULL, former_properties = NULL, access_change = NULL, restore_snapshot_id = NULL,
            deleted_at = CASE WHEN $2 = 'DELETED' THEN clock_timestamp() END
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [volume.id, volume.state === 'FAILED' ? 'DELETED' : 'DELETING'],
  )
  await appendEvents(client, { VOLUME_CHANGED: [volume.id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}
