import type { ChangedSnapshot, SnapshotStore } from '@flotilla/core/ports/snapshot-store'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import { lockSnapshot } from './lock-snapshot.ts'
import { recordSnapshot } from './record-snapshot.ts'
import { recordSnapshotDeletion } from './record-snapshot-deletion.ts'

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
    create: (snapshot, operation) => change((client) => recordSnapshot(client, snapshot, operation)),

    requestDeletion: (id, operation, expectedRevision) =>
      change(async (client) =>
        recordSnapshotDeletion(
          client,
          await lockSnapshot(client, id, ['input', 'id']),
          operation,
          expectedRevision,
        ),
      ),
  }
}
