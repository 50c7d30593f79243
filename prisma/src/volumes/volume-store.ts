import {
  HasDependentsError,
  InvalidStateError,
  NotFoundError,
  VolumeAttachedError,
} from '@flotilla/core/errors'
import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import { restoreFault } from '@flotilla/core/volumes/restore-volume'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { readHostIds, removeAttachments } from '../hosts/attachment-rows.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { endSchedulesOf } from '../schedules/end-schedules.ts'
import { lockSnapshot } from '../snapshots/lock-snapshot.ts'
import { markSnapshotsForDeletion } from '../snapshots/mark-for-deletion.ts'
import { refuseWhileUsed } from '../snapshots/refuse-while-used.ts'
import { GONE } from './gone.ts'
import { lockVolume } from './lock-volume.ts'
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
        refuseDeletion(volume, expectedRevision)
        if (!force) await refuseWhileAttached(client, id)
        await endSchedulesOf(client, id)
        const snapshotIds = await lockSnapshotsOf(client, id)
        if (!cascade) await refuseDependents(client, id, snapshotIds)
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
          volume: await markForDeletion(client, volume),
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
        const fault = restoreFault(volume, snapshot, await readHostIds(client, id))
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
    `SELECT id FROM snapshot WHERE volume_id = $1 AND state IN ('CREATING', 'AVAILABLE', 'MISSING') ORDER BY id FOR UPDATE`,
    [id],
  )
  return rows.map((row) => row.id)
}

async function refuseDependents(
  client: pg.ClientBase,
  id: VolumeId,
  snapshotIds: readonly SnapshotId[],
): Promise<void> {
  if (snapshotIds.length === 0) return
  const { rows } = await client.query<{ id: VolumeId }>(
    `SELECT id FROM volume WHERE source_snapshot_id = ANY ($1) AND state NOT IN ${GONE} ORDER BY id`,
    [snapshotIds],
  )
  throw new HasDependentsError(
    id,
    snapshotIds,
    rows.map((row) => row.id),
  )
}

async function markForRestore(client: pg.ClientBase, id: VolumeId, snapshotId: SnapshotId): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = 'RESTORING', restore_snapshot_id = $2, revision = revision + 1,
            updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [id, snapshotId],
  )
  await appendEvents(client, { VOLUME_CHANGED: [id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}

function refuseDeletion(volume: Volume, expectedRevision: number | null): void {
  if (volume.state === 'DELETED') throw new NotFoundError(`${volume.id} has been deleted`, ['input', 'id'])
  if (volume.state === 'RELEASED')
    throw new InvalidStateError(`${volume.id} was released with its cluster; it is not ours to delete`, [
      'input',
      'id',
    ])
  if (volume.state === 'DELETING')
    throw new InvalidStateError(`${volume.id} is being deleted already`, ['input', 'id'])
  refuseOtherRevision(volume, expectedRevision)
}

/** Hosts that are being detached have it until the cluster has confirmed that. */
async function refuseWhileAttached(client: pg.ClientBase, id: VolumeId): Promise<void> {
  const hostIds = await readHostIds(client, id)
  if (hostIds.length === 0) return
  const message = `${id} is attached to ${hostIds.join(', ')}; detach it first, or ask again with force: true, and they lose it`
  throw new VolumeAttachedError(hostIds, message)
}

/** A failed volume left nothing behind, so there is nothing to wait for. */
async function markForDeletion(client: pg.ClientBase, volume: Volume): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `UPDATE volume SET state = $2, revision = revision + 1, updated_at = clock_timestamp(),
            next_reconcile_at = clock_timestamp(), shrink_to_bytes = NULL, former_properties = NULL, restore_snapshot_id = NULL,
            deleted_at = CASE WHEN $2 = 'DELETED' THEN clock_timestamp() END
     WHERE id = $1 RETURNING ${VOLUME_COLUMNS}`,
    [volume.id, volume.state === 'FAILED' ? 'DELETED' : 'DELETING'],
  )
  await appendEvents(client, { VOLUME_CHANGED: [volume.id] })
  const [row] = rows
  if (!row) throw new Error('a locked volume vanished')
  return toVolume(row)
}
