import type { ClusterAdminState } from '@flotilla/core/clusters/cluster'
import { InvalidStateError, RevisionConflictError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import { cancelFault } from '@flotilla/core/operations/cancel-fault'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Drained, DrainStore } from '@flotilla/core/ports/drain-store'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type { CancelledOperation } from '@flotilla/core/ports/operation-store'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { ClusterDrain as DrainRow, Prisma } from '../generated/client.ts'
import { doneOperationData, findReplay, operationData } from '../operations/new-operation.ts'
import { toOperation } from '../operations/operation-row.ts'
import { drainProgress } from './advance-drains.ts'
import { changeClusters } from './change-clusters.ts'
import { toCluster, WITHOUT_CREDENTIAL } from './cluster-row.ts'
import { HELD_OF_DRAIN } from './count-held.ts'
import { findCluster } from './find-cluster.ts'
import { replayedCluster } from './replayed-cluster.ts'

interface HeldRow {
  volume_count: number
  snapshot_count: number
  bytes: bigint
}

export function createDrainStore(database: Database, bus: EventBus): DrainStore {
  return {
    async find(id, operation) {
      const replayed = await findReplay(database.prisma, operation)
      return replayed && replayedCluster(database.prisma, id, replayed)
    },

    start: (id, operation, expectedRevision, unfit) =>
      changeClusters(database, bus, async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) return replayedCluster(transaction, id, replayed)
        const present = await findCluster(transaction, id, ['input', 'clusterId'])
        if (expectedRevision !== null && expectedRevision !== present.revision) {
          throw new RevisionConflictError(expectedRevision, present.revision)
        }
        const running = await findRunning(transaction, id)
        if (running) {
          throw new InvalidStateError(`it is being drained already, by ${running.operationId}`, INPUT_ID)
        }
        if (unfit) throw new InvalidStateError(unfit, INPUT_ID)
        const held = await countHeld(transaction, id)
        const created = await transaction.operation.create({
          data: {
            ...operationData('DRAIN_CLUSTER', operation),
            state: 'RUNNING',
            clusterId: id,
            startedAt: new Date(),
            progress: drainProgress(held),
          },
        })
        await transaction.clusterDrain.create({ data: newDrain(created.id, id, present.adminState, held) })
        const cluster = await setAdminState(transaction, id, 'DRAINING', created.id)
        return { cluster, operation: toOperation(created) }
      }),

    cancel: (id, cancellation) =>
      changeClusters(database, bus, async (transaction) => {
        const earlier = await findReplay(transaction, cancellation)
        if (earlier?.formerId) {
          const { cluster } = await replayedCluster(transaction, id, earlier)
          return { cluster, operation: await readDrain(transaction, earlier.formerId) }
        }
        await findCluster(transaction, id, ['input', 'clusterId'])
        const running = await findRunning(transaction, id)
        if (!running) throw new InvalidStateError(notDrained(id), INPUT_ID)
        const { cluster } = await recordCancellation(transaction, running, cancellation, INPUT_ID)
        return { cluster, operation: await readDrain(transaction, running.operationId) }
      }),
  }
}

/** As `cancel`, asked of the drain itself, and on record. */
export function cancelDrainOperation(
  database: Database,
  bus: EventBus,
  { id, clusterId }: Operation,
  cancellation: NewOperation,
): Promise<CancelledOperation> {
  return changeClusters(database, bus, async (transaction) => {
    const nothing = { volumeIds: [], snapshotIds: [] }
    const earlier = await findReplay(transaction, cancellation)
    if (earlier) {
      return { ...nothing, operation: await readDrain(transaction, id), cancellation: toOperation(earlier) }
    }
    const running = clusterId && (await findRunning(transaction, clusterId))
    const drain = await readDrain(transaction, id)
    const fault = cancelFault(drain, { volume: null, snapshotState: null, bulk: null })
    if (fault || !running) throw new InvalidStateError(fault ?? notDrained(clusterId), ['input', 'id'])
    const { operation } = await recordCancellation(transaction, running, cancellation, ['input', 'id'])
    return { ...nothing, operation: await readDrain(transaction, id), cancellation: operation }
  })
}

function notDrained(clusterId: string | null): string {
  return `${clusterId} is not being drained; only a drain that is under way can be cancelled`
}

/** Ends the drain, and leaves a record of who did. @throws InvalidStateError when it has just ended by itself */
async function recordCancellation(
  transaction: Prisma.TransactionClient,
  { operationId, clusterId, formerAdminState }: DrainRow,
  cancellation: NewChange,
  path: readonly string[],
): Promise<Drained> {
  const id = clusterId as ClusterId
  const drain = await cancelDrain(transaction, id, `cancelled by ${cancellation.actor}`, 'CANCELLED')
  if (!drain) throw new InvalidStateError(notDrained(id), path)
  const created = await transaction.operation.create({
    data: {
      ...doneOperationData('CANCEL_OPERATION', cancellation, new Date()),
      clusterId,
      formerId: operationId,
    },
  })
  const cluster = await setAdminState(transaction, id, formerAdminState as ClusterAdminState, created.id)
  return { cluster, operation: toOperation(created) }
}

async function readDrain(transaction: Prisma.TransactionClient, id: string): Promise<Operation> {
  return toOperation(await transaction.operation.findUniqueOrThrow({ where: { id } }))
}

const INPUT_ID = ['input', 'clusterId']

/**
 * Ends a drain that goes on, if one does, as another wish for the cluster has come. Null when none does: whoever counts what is
 * left takes no placement lock, and may have ended it since it was looked for.
 */
export async function cancelDrain(
  transaction: Prisma.TransactionClient,
  id: ClusterId,
  reason: string,
  errorCode: 'SUPERSEDED' | 'CANCELLED' = 'SUPERSEDED',
) {
  const running = await findRunning(transaction, id)
  if (!running) return null
  const { count } = await transaction.operation.updateMany({
    where: { id: running.operationId, state: 'RUNNING' },
    data: {
      state: 'CANCELLED',
      finishedAt: new Date(),
      progress: null,
      errorCode,
      errorMessage: reason,
    },
  })
  if (count === 0) return null
  await transaction.event.create({ data: { kind: 'OPERATION_CHANGED', subjectId: running.operationId } })
  return toOperation(await transaction.operation.findUniqueOrThrow({ where: { id: running.operationId } }))
}

async function findRunning(transaction: Prisma.TransactionClient, id: ClusterId): Promise<DrainRow | null> {
  const operation = await transaction.operation.findFirst({
    where: { clusterId: id, kind: 'DRAIN_CLUSTER', state: 'RUNNING' },
    select: { id: true },
  })
  return operation && transaction.clusterDrain.findUnique({ where: { operationId: operation.id } })
}

async function countHeld(transaction: Prisma.TransactionClient, id: ClusterId): Promise<HeldRow> {
  const [held] = await transaction.$queryRawUnsafe<HeldRow[]>(
    `SELECT volume_count, snapshot_count, bytes FROM (SELECT $1::text AS cluster_id) AS drain, ${HELD_OF_DRAIN}`,
    id,
  )
  if (!held) throw new Error('a count has no row')
  return held
}

function newDrain(operationId: string, clusterId: ClusterId, formerAdminState: string, held: HeldRow) {
  return {
    operationId,
    clusterId,
    // A cluster that was set DRAINING by hand has no other state to go back to.
    formerAdminState: formerAdminState === 'DRAINING' ? 'CORDONED' : formerAdminState,
    volumesTotal: held.volume_count,
    snapshotsTotal: held.snapshot_count,
    bytesTotal: held.bytes,
    volumesLeft: held.volume_count,
    snapshotsLeft: held.snapshot_count,
    bytesLeft: held.bytes,
  }
}

async function setAdminState(
  transaction: Prisma.TransactionClient,
  id: ClusterId,
  adminState: ClusterAdminState,
  operationId: string,
) {
  const row = await transaction.cluster.update({
    where: { id },
    data: { adminState, revision: { increment: 1 }, updatedAt: new Date() },
    omit: WITHOUT_CREDENTIAL,
  })
  await transaction.event.createMany({
    data: [
      { kind: 'CLUSTER_CHANGED', subjectId: id },
      { kind: 'OPERATION_CHANGED', subjectId: operationId },
    ],
  })
  return toCluster(row)
}
