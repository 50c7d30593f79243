import type { SnapshotId, SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { ChangedSnapshot, NewSnapshot } from '@flotilla/core/ports/snapshot-store'
import { takingFault } from '@flotilla/core/snapshots/taking-fault'
import type pg from 'pg'
import { findEarlier, recordOperation } from '../operations/record-operation.ts'
import { replayOr } from '../operations/replay-or.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { insertSnapshot } from './insert-snapshot.ts'
import { lockSnapshot } from './lock-snapshot.ts'
import { NAME_FREE_IN } from './name-free-in.ts'

/**
 * Records that a snapshot is wanted, with its operation, whoever wants it. Replays for a known key; a refusal comes before
 * anything is written. @throws NotFoundError, InvalidStateError, NameTakenError, IdempotencyConflictError
 */
export function recordSnapshot(
  client: pg.ClientBase,
  snapshot: NewSnapshot & { readonly scheduleId?: SnapshotScheduleId },
  operation: NewOperation,
): Promise<ChangedSnapshot> {
  return replayOr(
    () => findTaken(client, operation),
    () => takeSnapshot(client, snapshot, operation),
  )
}

async function findTaken(client: pg.ClientBase, operation: NewOperation): Promise<ChangedSnapshot | null> {
  const earlier = await findEarlier(client, operation)
  if (!earlier?.snapshotId) return null
  return { snapshot: await lockSnapshot(client, earlier.snapshotId, ['input', 'id']), operation: earlier }
}

async function takeSnapshot(
  client: pg.ClientBase,
  snapshot: NewSnapshot & { readonly scheduleId?: SnapshotScheduleId },
  operation: NewOperation,
): Promise<ChangedSnapshot> {
  const volume = await lockVolume(client, snapshot.volumeId, ['input', 'volumeId'])
  const fault = takingFault(volume, snapshot.name, await readNameHolder(client, snapshot))
  if (fault) throw fault
  return {
    snapshot: await insertSnapshot(client, snapshot, volume),
    operation: await recordOperation(client, 'CREATE_SNAPSHOT', { snapshotId: snapshot.id }, operation),
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
