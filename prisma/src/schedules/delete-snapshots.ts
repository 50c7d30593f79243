import type { SnapshotId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { uuidIds } from '../identity/uuid-ids.ts'
import { lockSnapshot } from '../snapshots/lock-snapshot.ts'
import { recordSnapshotDeletion } from '../snapshots/record-snapshot-deletion.ts'

/**
 * Lets snapshots of a locked schedule go, each with an operation of the actor's, as if it had asked for them one by one.
 *
 * @throws InvalidStateError while one of them is being read from
 */
export async function deleteSnapshots(
  client: pg.ClientBase,
  ids: readonly SnapshotId[],
  actor: string,
): Promise<void> {
  for (const id of ids.toSorted()) {
    // No caller can give a key with a space.
    const operation = {
      id: uuidIds.next('Operation'),
      actor,
      idempotencyKey: `delete ${id}`,
      inputFingerprint: id,
    }
    await recordSnapshotDeletion(client, await lockSnapshot(client, id, ['input', 'id']), operation, null)
  }
}
