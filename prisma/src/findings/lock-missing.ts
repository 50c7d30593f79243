import { InvalidStateError, RevisionConflictError } from '@flotilla/core/errors'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { lockHomeLedger } from '../clusters/lock-home-ledger.ts'
import { lockVolume } from '../volumes/lock-volume.ts'

/**
 * A volume that its cluster has lost, with its ledger row locked before it.
 *
 * @throws NotFoundError, InvalidStateError, RevisionConflictError
 */
export async function lockMissing(
  client: pg.ClientBase,
  id: VolumeId,
  expectedRevision: number | null,
): Promise<Volume> {
  // A volume that is MISSING goes to no other cluster, so the row that is locked is the right one.
  await lockHomeLedger(client, id)
  const volume = await lockVolume(client, id, ['input', 'id'])
  if (volume.state !== 'MISSING')
    throw new InvalidStateError(`${id} is ${volume.state}; this is for a MISSING volume only`, [
      'input',
      'id',
    ])
  if (expectedRevision !== null && expectedRevision !== volume.revision)
    throw new RevisionConflictError(expectedRevision, volume.revision)
  return volume
}
