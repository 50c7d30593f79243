import type { VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import { untakenFault } from '@flotilla/core/snapshots/untaken-snapshot'
import { backendNameOf } from '@flotilla/core/volumes/backend-name'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { recordOperation } from '../operations/record-operation.ts'
import { pauseRotation } from '../schedules/pause-rotation.ts'
import { readUntaken } from '../snapshots/read-untaken.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { closeMissing } from './close-missing.ts'
import { lockMissing } from './lock-missing.ts'
import { readFormer } from './miss-again.ts'

/**
 * Asks for a lost volume anew: empty, in the project of its cluster where its snapshots are, and under a name of our making, so
 * that whoever has the former name meanwhile is not mistaken for it. Once it is there its hosts are let in. Its bytes have stayed
 * promised on its cluster, so nothing is reserved. What is forgotten of it stays with the operation, for when it comes to nothing. A snapshot that is
 * yet to be taken of the lost one fails first: of the new one it would be empty. Those that were taken may be all that is left of it, so no
 * schedule replaces them by snapshots of the new one until somebody says so.
 */
export async function recreateVolume(
  client: pg.ClientBase,
  id: VolumeId,
  wanted: NewOperation,
  expectedRevision: number | null,
): Promise<{ volume: Volume; operation: Operation }> {
  const missing = await lockMissing(client, id, expectedRevision)
  const fault = untakenFault(id, (await readUntaken(client, [id])).get(id) ?? [], 'made anew')
  if (fault) throw fault
  const request = { former: await readFormer(client, id) }
  await client.query(
    `UPDATE volume SET state = 'CREATING', backend_id = NULL, backend_name = $2, observed_name = NULL,
            written = NULL, adopted_at = NULL, source_snapshot_id = NULL, shrink_to_bytes = NULL, former_properties = NULL,
            restore_snapshot_id = NULL, create_unknown_at = NULL, foreign_snapshot_count = 0, foreign_clone_count = 0, observed_clone = false,
            access_change = CASE WHEN EXISTS (SELECT 1 FROM attachment WHERE volume_id = $1) THEN 'ALONE' END,
            revision = revision + 1, generation = generation + 1, updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
     WHERE id = $1`,
    [id, backendNameOf(id)],
  )
  // What the former one's cluster had confirmed, the new one's has not.
  await client.query('UPDATE attachment SET confirmed_mode = NULL WHERE volume_id = $1', [id])
  await pauseRotation(client, id)
  await closeMissing(client, missing, 'RECREATED', wanted.actor)
  const operation = await recordOperation(client, 'RECREATE_VOLUME', { volumeId: id }, { ...wanted, request })
  return { volume: await lockVolume(client, id, ['input', 'id']), operation }
}
