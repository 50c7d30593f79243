import { InvalidStateError, NotFoundError, RevisionConflictError } from '@flotilla/core/errors'
import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { ChangedSnapshot, NewSnapshot, SnapshotStore } from '@flotilla/core/ports/snapshot-store'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import { takingFault } from '@flotilla/core/snapshots/taking-fault'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { insertSnapshot } from './insert-snapshot.ts'
import { lockSnapshot } from './lock-snapshot.ts'
import { markSnapshotsForDeletion } from './mark-for-deletion.ts'
import { NAME_FREE_IN } from './name-free-in.ts'
import { refuseWhileUsed } from './refuse-while-used.ts'

const RACES_RETRIED = 5

/** Whoever locks a volume and snapshots of it locks the volume first. */
export function createSnapshotStore(database: Database, bus: EventBus): SnapshotStore {
  const change = async (
    work: (client: pg.ClientBase) => Promise<ChangedSnapshot>,
  ): Promise<ChangedSnapshot> => {
    const changed = await retryOnConflict(RACES_RETRIED, () => inTransaction(database.pool, work))
    bus.publish()
    return changed
  }

  return {
    create: (snapshot, operation) =>
      change(async (client) => {
        const earlier = await findEarlier(client, operation)
        if (earlier?.snapshotId) {
          return {
            snapshot: await lockSnapshot(client, earlier.snapshotId, ['input', 'id']),
            operation: earlier,
          }
        }
        const volume = await lockVolume(client, snapshot.volumeId, ['input', 'volumeId'])
        const fault = takingFault(volume, snapshot.name, await readNameHolder(client, snapshot))
        if (fault) throw fault
        return {
          snapshot: await insertSnapshot(client, snapshot, volume),
          operation: await recordOperation(client, 'CREATE_SNAPSHOT', { snapshotId: snapshot.id }, operation),
        }
      }),

    requestDeletion: (id, operation, expectedRevision) =>
      change(async (client) => {
        const snapshot = await lockSnapshot(client, id, ['input', 'id'])
        const earlier = await findEarlier(client, operation)
        if (earlier) return { snapshot, operation: earlier }
        refuseDeletion(snapshot, expectedRevision)
        await refuseWhileUsed(client, [id], null)
        await cancelUnfinished(client, { snapshotId: id }, 'the snapshot is being deleted')
        const [deleted] = await markSnapshotsForDeletion(client, [id])
        if (!deleted) throw new Error('a locked snapshot vanished')
        return {
          snapshot: deleted,
          operation: await recordOperation(
            client,
            'DELETE_SNAPSHOT',
            { snapshotId: id },
            operation,
            deleted.state === 'DELETED',
          ),
        }
      }),
  }
}

async function readNameHolder(
  client: pg.ClientBase,
  { volumeId, name }: NewSnapshot,
): Promise<SnapshotId | null> {
  const { rows } = await client.query<{ id: SnapshotId }>(
    `SELECT id FROM snapshot WHERE volume_id = $1 AND name = $2 AND state NOT IN ${NAME_FREE_IN}`,
    [volumeId, name],
  )
  return rows[0]?.id ?? null
}

function refuseDeletion({ id, state, revision }: Snapshot, expectedRevision: number | null): void {
  if (state === 'DELETED') throw new NotFoundError(`${id} has been deleted`, ['input', 'id'])
  if (state === 'RELEASED')
    throw new InvalidStateError(`${id} was released with its cluster; it is not ours to delete`, [
      'input',
      'id',
    ])
  if (state === 'DELETING' || state === 'LINGERING') {
    throw new InvalidStateError(`${id} is being deleted already`, ['input', 'id'])
  }
  if (expectedRevision !== null && expectedRevision !== revision) {
    throw new RevisionConflictError(expectedRevision, revision)
  }
}
