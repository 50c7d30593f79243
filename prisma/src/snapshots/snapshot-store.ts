import {
  InvalidStateError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { ChangedSnapshot, NewSnapshot, SnapshotStore } from '@flotilla/core/ports/snapshot-store'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Snapshot as SnapshotRow } from '../generated/client.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { insertSnapshot } from './insert-snapshot.ts'
import { SNAPSHOT_COLUMNS } from './snapshot-columns.ts'
import { toSnapshot } from './snapshot-row.ts'

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
          return { snapshot: await lockSnapshot(client, earlier.snapshotId), operation: earlier }
        }
        const volume = await lockVolume(client, snapshot.volumeId, ['input', 'volumeId'])
        refuseSource(volume)
        await refuseTakenName(client, snapshot)
        return {
          snapshot: await insertSnapshot(client, snapshot, volume),
          operation: await recordOperation(client, 'CREATE_SNAPSHOT', { snapshotId: snapshot.id }, operation),
        }
      }),

    requestDeletion: (id, operation, expectedRevision) =>
      change(async (client) => {
        const snapshot = await lockSnapshot(client, id)
        const earlier = await findEarlier(client, operation)
        if (earlier) return { snapshot, operation: earlier }
        refuseDeletion(snapshot, expectedRevision)
        await refuseWhileCloned(client, id)
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

async function lockSnapshot(client: pg.ClientBase, id: SnapshotId): Promise<Snapshot> {
  const { rows } = await client.query<SnapshotRow>(
    `SELECT ${SNAPSHOT_COLUMNS} FROM snapshot WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no snapshot ${id}`, ['input', 'id'])
  return toSnapshot(rows[0])
}

function refuseDeletion({ id, state, revision }: Snapshot, expectedRevision: number | null): void {
  if (state === 'DELETED') throw new NotFoundError(`${id} has been deleted`, ['input', 'id'])
  if (state === 'DELETING' || state === 'LINGERING') {
    throw new InvalidStateError(`${id} is being deleted already`, ['input', 'id'])
  }
  if (expectedRevision !== null && expectedRevision !== revision) {
    throw new RevisionConflictError(expectedRevision, revision)
  }
}

/** What is being read from must stay until it has been read. */
async function refuseWhileCloned(client: pg.ClientBase, id: SnapshotId): Promise<void> {
  const { rows } = await client.query<{ id: string; state: string }>(
    `SELECT id, state FROM volume WHERE source_snapshot_id = $1 AND state = 'CREATING'
                                     OR restore_snapshot_id = $1 AND state = 'RESTORING' LIMIT 1`,
    [id],
  )
  const [user] = rows
  if (!user) return
  const use = user.state === 'CREATING' ? 'is being made from it' : 'is being put back to it'
  throw new InvalidStateError(`${user.id} ${use}; delete the snapshot when that is done`, ['input', 'id'])
}

/** For locked rows. A failed one left nothing behind, so there is nothing to wait for. */
export async function markSnapshotsForDeletion(
  client: pg.ClientBase,
  ids: readonly SnapshotId[],
): Promise<readonly Snapshot[]> {
  const { rows } = await client.query<SnapshotRow>(
    `UPDATE snapshot SET state = CASE state WHEN 'FAILED' THEN 'DELETED' ELSE 'DELETING' END,
            deleted_at = CASE state WHEN 'FAILED' THEN clock_timestamp() END,
            revision = revision + 1, updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
     WHERE id = ANY ($1) RETURNING ${SNAPSHOT_COLUMNS}`,
    [ids],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: rows.map((row) => row.id) })
  return rows.map(toSnapshot)
}
