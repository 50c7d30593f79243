import { NotFoundError } from '@flotilla/core/errors'
import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import { deletionFault } from '@flotilla/core/volumes/deletion-fault'
import { restoreFault } from '@flotilla/core/volumes/restore-volume'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { readVolumeHosts, removeAttachments } from '../hosts/attachment-rows.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { endSchedulesOf } from '../schedules/end-schedules.ts'
import { lockSnapshot } from '../snapshots/lock-snapshot.ts'
import { markSnapshotsForDeletion } from '../snapshots/mark-for-deletion.ts'
import { OUTLIVING } from '../snapshots/outliving.ts'
import { readUntaken } from '../snapshots/read-untaken.ts'
import { refuseWhileUsed } from '../snapshots/refuse-while-used.ts'
import { GONE } from './gone.ts'
import { lockVolume } from './lock-volume.ts'
import { markVolumeForDeletion } from './mark-for-deletion.ts'
import { refuseOtherRevision } from './refuse-other-revision.ts'
import { VOLUME_COLUMNS } from './volume-columns.ts'
import { toVolume } from './volume-row.ts'

const RACES_RETRIED = 5

export function createVolumeStore(database: Database, bus: EventBus): VolumeStore {
  const change = async <T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> => {
    const changed = await retryOnConflict(RACES_RETRIED, () => inTransaction(database.pool, work))
    bus.publish()
    return changed
  }

  return {
    requestDeletion: (id, operation, expectedRevision, cascade, force = false) =>
      change(async (client) => {
        const volume = await lockVolume(client, id, ['input', 'id'])
        const earlier = await findEarlier(client, operation)
        if (earlier) return { volume, operation: earlier, snapshotIds: [] }
        const snapshotIds = await lockSnapshotsOf(client, id)
        const facts = {
          ...(await readVolumeHosts(client, volume)),
          snapshotIds,
          cloneIds: cascade ? [] : await readCloneIds(client, snapshotIds),
        }
        const fault = deletionFault(volume, facts, { cascade, force, expectedRevision })
        if (fault) throw fault
        await endSchedulesOf(client, id)
        await refuseWhileUsed(client, snapshotIds, id)
        for (const snapshotId of snapshotIds) {
          await cancelUnfinished(client, { snapshotId }, 'the snapshot is being deleted with its volume')
        }
        await markSnapshotsForDeletion(client, snapshotIds)
        await cancelUnfinished(client, { volumeId: id }, 'the volume is being deleted')
        await removeAttachments(client, id)
        const isDone = volume.state === 'FAILED'
        return {
          snapshotIds,
          volume: await markVolumeForDeletion(client, volume),
          operation: await recordOperation(client, 'DELETE_VOLUME', { volumeId: id }, operation, isDone),
        }
      }),

    requestRestore: (id, snapshotId, operation, expectedRevision) =>
      change(async (client) => {
        const volume = await lockVolume(client, id, ['input', 'id'])
        const earlier = await findEarlier(client, operation)
        if (earlier) return { volume, operation: earlier }
        if (volume.state === 'DELETED') throw new NotFoundError(`${id} has been deleted`, ['input', 'id'])
        refuseOtherRevision(volume, expectedRevision)
        const snapshot = await lockSnapshot(client, snapshotId, ['input', 'snapshotId'])
        const hosts = await readVolumeHosts(client, volume)
        const untaken = (await readUntaken(client, [id])).get(id) ?? []
        const fault = restoreFault(volume, snapshot, { ...hosts, untaken })
        if (fault) throw fault
        return {
          volume: await markForRestore(client, id, snapshotId),
          operation: await recordOperation(client, 'RESTORE_VOLUME', { volumeId: id }, operation),
        }
      }),
  }
}

/** Those that would outlive it: what is going already goes, whatever becomes of the volume. */
async function lockSnapshotsOf(client: pg.ClientBase, id: VolumeId): Promise<readonly SnapshotId[]> {
  const { rows } = await client.query<{ id: SnapshotId }>(
    `SELECT id FROM snapshot WHERE volume_id = $1 AND state IN ${OUTLIVING} ORDER BY id FOR UPDATE`,
    [id],
  )
  return rows.map((row) => row.id)
}

/** Volumes that were made from these snapshots and are still there. */
async function readCloneIds(
  client: pg.ClientBase,
  snapshotIds: readonly SnapshotId[],
): Promise<readonly VolumeId[]> {
  if (snapshotIds.length === 0) return []
  const { rows } = await client.query<{ id: VolumeId }>(
    `SELECT id FROM volume WHERE source_snapshot_id = ANY ($1) AND state NOT IN ${GONE} ORDER BY id`,
    [snapshotIds],
  )
  return rows.map((row) => row.id)
}

async function markForRestore(client: pg.ClientBase, id: VolumeId, snapshotId: SnapshotId): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = 'RESTORING', restore_snapshot_id = $2, revision = revision + 1, generation = generation + 1,
            updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [id, snapshotId],
  )
  await appendEvents(client, { VOLUME_CHANGED: [id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}
