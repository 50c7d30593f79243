import type { OperationId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import type pg from 'pg'
import { lockSnapshot } from '../snapshots/lock-snapshot.ts'
import { markSnapshotsForDeletion } from '../snapshots/mark-for-deletion.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { markVolumeForDeletion } from '../volumes/mark-for-deletion.ts'
import { knownOperation } from './known-operation.ts'
import { readOperation } from './read-operation.ts'
import { cancelUnfinished, recordOperation } from './record-operation.ts'
import { refuseCancelling } from './refuse-cancelling.ts'

const PATH = ['input', 'id']

/**
 * The creation becomes a deletion, and goes the way of every deletion: the cluster that may have been asked is looked at
 * by name, and the bytes stay promised until it has said that it has nothing (design.md 3, rules 2 and 4). Nobody was told
 * that the volume is there, so nothing of anybody's is on it.
 */
export async function cancelVolumeCreation(
  client: pg.ClientBase,
  id: OperationId,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  const { volumeId } = (await readOperation(client, id)) ?? {}
  if (!volumeId) {
    await refuseCancelling(client, id, {})
    throw new Error(`${id} works on no volume`)
  }
  const volume = await lockVolume(client, volumeId, PATH)
  const facts = { state: volume.state, changeAskedAt: null, isObserved: false, observedAt: null }
  await refuseCancelling(client, id, { volume: facts })
  await cancelUnfinished(client, { volumeId }, cancelledBy(cancellation), 'CANCELLED')
  await markVolumeForDeletion(client, volume)
  return {
    cancellation: await recordOperation(client, 'DELETE_VOLUME', { volumeId }, cancellation),
    operation: await knownOperation(client, id),
    volumeIds: [volumeId],
    snapshotIds: [],
  }
}

/** As that of a volume. */
export async function cancelSnapshotCreation(
  client: pg.ClientBase,
  id: OperationId,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  const { snapshotId } = (await readOperation(client, id)) ?? {}
  if (!snapshotId) {
    await refuseCancelling(client, id, {})
    throw new Error(`${id} works on no snapshot`)
  }
  const snapshot = await lockSnapshot(client, snapshotId, PATH)
  await refuseCancelling(client, id, { snapshotState: snapshot.state })
  await cancelUnfinished(client, { snapshotId }, cancelledBy(cancellation), 'CANCELLED')
  await markSnapshotsForDeletion(client, [snapshotId])
  return {
    cancellation: await recordOperation(client, 'DELETE_SNAPSHOT', { snapshotId }, cancellation),
    operation: await knownOperation(client, id),
    volumeIds: [],
    snapshotIds: [snapshotId],
  }
}

function cancelledBy({ actor }: NewOperation): string {
  return `cancelled by ${actor}`
}
