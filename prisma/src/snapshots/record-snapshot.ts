import { InvalidStateError, NameTakenError, NotFoundError } from '@flotilla/core/errors'
import type { SnapshotId, SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/ports/placement-ledger'
import type { ChangedSnapshot, NewSnapshot } from '@flotilla/core/ports/snapshot-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { findEarlier, recordOperation } from '../operations/record-operation.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { insertSnapshot } from './insert-snapshot.ts'
import { lockSnapshot } from './lock-snapshot.ts'

/**
 * Records that a snapshot is wanted, with its operation, whoever wants it. Replays for a known key; a refusal comes before
 * anything is written. @throws NotFoundError, InvalidStateError, NameTakenError, IdempotencyConflictError
 */
export async function recordSnapshot(
  client: pg.ClientBase,
  snapshot: NewSnapshot & { readonly scheduleId?: SnapshotScheduleId },
  operation: NewOperation,
): Promise<ChangedSnapshot> {
  const earlier = await findEarlier(client, operation)
  if (earlier?.snapshotId) {
    return {
      snapshot: await lockSnapshot(client, earlier.snapshotId, ['input', 'id']),
      operation: earlier,
    }
  }
  const volume = await lockVolume(client, snapshot.volumeId, ['input', 'volumeId'])
  refuseSource(volume)
  await refuseTakenName(client, snapshot)
  return {
    snapshot: await insertSnapshot(client, snapshot, volume),
    operation: await recordOperation(client, 'CREATE_SNAPSHOT', { snapshotId: snapshot.id }, operation),
  }
}

function refuseSource(volume: Volume): void {
  if (volume.state === 'DELETED') {
    throw new NotFoundError(`${volume.id} has been deleted`, ['input', 'volumeId'])
  }
  if (volume.state === 'AVAILABLE') return
  throw new InvalidStateError(`${volume.id} is ${volume.state}; a snapshot needs an AVAILABLE volume`, [
    'input',
    'volumeId',
  ])
}

async function refuseTakenName(client: pg.ClientBase, { volumeId, name }: NewSnapshot): Promise<void> {
  const { rows } = await client.query<{ id: SnapshotId }>(
    `SELECT id FROM snapshot WHERE volume_id = $1 AND name = $2 AND state NOT IN ('LINGERING', 'DELETED', 'FAILED')`,
    [volumeId, name],
  )
  const [holder] = rows
  if (holder) {
    throw new NameTakenError(
      `${volumeId} has a snapshot named "${name}" already`,
      ['input', 'name'],
      holder.id,
    )
  }
}
