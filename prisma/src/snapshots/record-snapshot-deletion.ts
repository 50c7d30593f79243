import { InvalidStateError, NotFoundError, RevisionConflictError } from '@flotilla/core/errors'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { ChangedSnapshot } from '@flotilla/core/ports/snapshot-store'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import { closeMissingSnapshot } from '../findings/close-missing-snapshot.ts'
import { cancelUnfinished, findEarlier, recordOperation } from '../operations/record-operation.ts'
import { markSnapshotsForDeletion } from './mark-for-deletion.ts'
import { refuseWhileUsed } from './refuse-while-used.ts'

/**
 * Records that a locked snapshot is to go, with its operation. Replays for a known key; a refusal comes before anything is
 * written. @throws NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError
 */
export async function recordSnapshotDeletion(
  client: pg.ClientBase,
  snapshot: Snapshot,
  operation: NewOperation,
  expectedRevision: number | null,
): Promise<ChangedSnapshot> {
  const { id } = snapshot
  const earlier = await findEarlier(client, operation)
  if (earlier) return { snapshot, operation: earlier }
  refuseDeletion(snapshot, expectedRevision)
  await refuseWhileUsed(client, [id], null)
  await cancelUnfinished(client, { snapshotId: id }, 'the snapshot is being deleted')
  const [deleted] = await markSnapshotsForDeletion(client, [id])
  if (!deleted) throw new Error('a locked snapshot vanished')
  if (snapshot.state === 'MISSING') await closeMissingSnapshot(client, snapshot, operation.actor)
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
