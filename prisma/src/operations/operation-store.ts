import { InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { OperationId } from '@flotilla/core/identity/ids'
import { isBulk } from '@flotilla/core/operations/bulk-kinds'
import { cancelFault } from '@flotilla/core/operations/cancel-fault'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { OperationRequest } from '@flotilla/core/operations/operation-request'
import type { CancelledOperation, OperationStore } from '@flotilla/core/ports/operation-store'
import type pg from 'pg'
import { cancelDrainOperation } from '../clusters/drain-store.ts'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import { toSnapshot } from '../snapshots/snapshot-row.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { cancelBulk } from './cancel-bulk.ts'
import { cancelChange } from './cancel-change.ts'
import { cancelSnapshotCreation, cancelVolumeCreation } from './cancel-creation.ts'
import { cancelRecreation } from './cancel-recreation.ts'
import { toOperation } from './operation-row.ts'
import { readOperation } from './read-operation.ts'
import { findEarlier } from './record-operation.ts'
import { replayOr } from './replay-or.ts'

const RACES_RETRIED = 5

export function createOperationStore(database: Database, bus: EventBus): OperationStore {
  const { pool, prisma } = database
  return {
    async find(id) {
      const row = await prisma.operation.findUnique({ where: { id }, include: { bulk: true } })
      if (!row) return null
      const volume =
        row.volumeId === null ? null : await prisma.volume.findUnique({ where: { id: row.volumeId } })
      const snapshot = row.snapshotId && (await prisma.snapshot.findUnique({ where: { id: row.snapshotId } }))
      const sourceId = volume?.sourceSnapshotId
      const source = sourceId && (await prisma.snapshot.findUnique({ where: { id: sourceId } }))
      return {
        operation: toOperation(row),
        request: row.request as OperationRequest | null,
        failedItems: row.bulk?.failed ?? 0,
        volume: volume ? toVolume(volume) : null,
        snapshot: snapshot ? toSnapshot(snapshot) : null,
        source: source ? toSnapshot(source) : null,
      }
    },

    async cancel(id, cancellation) {
      const operation = await readOperation(pool, id)
      if (!operation) throw unknownOperation(id)
      const cancelled =
        operation.kind === 'DRAIN_CLUSTER'
          ? await cancelDrainOperation(database, bus, operation, cancellation)
          : await retryOnConflict(RACES_RETRIED, () =>
              inTransaction(pool, (client) => cancelInTransaction(client, operation, cancellation)),
            )
      bus.publish()
      return cancelled
    },
  }
}

function cancelInTransaction(
  client: pg.ClientBase,
  operation: Operation,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  return replayOr(
    () => findCancelled(client, operation, cancellation),
    () => cancelByKind(client, operation, cancellation),
  )
}

async function findCancelled(
  client: pg.ClientBase,
  { id }: Operation,
  cancellation: NewOperation,
): Promise<CancelledOperation | null> {
  const earlier = await findEarlier(client, cancellation)
  if (!earlier) return null
  const operation = await readOperation(client, id)
  if (!operation) throw unknownOperation(id)
  return { operation, cancellation: earlier, volumeIds: [], snapshotIds: [] }
}

async function cancelByKind(
  client: pg.ClientBase,
  { id, kind }: Operation,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  if (isBulk(kind)) return cancelBulk(client, id, cancellation)
  switch (kind) {
    case 'CREATE_VOLUME':
      return cancelVolumeCreation(client, id, cancellation)
    case 'CREATE_SNAPSHOT':
      return cancelSnapshotCreation(client, id, cancellation)
    case 'RESIZE_VOLUME':
    case 'UPDATE_VOLUME':
    case 'RESTORE_VOLUME':
    case 'ATTACH_VOLUME':
    case 'DETACH_VOLUME':
      return cancelChange(client, id, cancellation)
    case 'RECREATE_VOLUME':
      return cancelRecreation(client, id, cancellation)
    default:
      throw await faultOf(client, id)
  }
}

/** Those of which none can be cancelled; where that is not so, this is a fault of ours. */
async function faultOf(client: pg.ClientBase, id: OperationId): Promise<Error> {
  const operation = await readOperation(client, id)
  const fault = operation && cancelFault(operation, { volume: null, snapshotState: null, bulk: null })
  return fault ? new InvalidStateError(fault, ['input', 'id']) : new Error(`${id} cannot be cancelled`)
}

function unknownOperation(id: OperationId): NotFoundError {
  return new NotFoundError(`there is no operation ${id}`, ['input', 'id'])
}
