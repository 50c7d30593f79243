import {
  InvalidStateError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterStore } from '@flotilla/core/ports/cluster-store'
import type { Database } from '../database/connect.ts'
import { retryOnConflict } from '../database/transaction.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Prisma } from '../generated/client.ts'
import { findReplay, operationData } from '../operations/new-operation.ts'
import { toOperation } from '../operations/operation-row.ts'
import { TAKE_PLACEMENT_LOCK } from '../placement/placement-lock.ts'
import { sealCredential } from '../secrets/cluster-credential.ts'
import type { Vault } from '../secrets/vault.ts'
import { toCluster, WITHOUT_CREDENTIAL } from './cluster-row.ts'

const RACES_RETRIED = 5

/** With other endpoints or credentials nothing is known of whom they lead to; no work goes there before a poll has shown it. */
const NOT_REACHED_YET = {
  connection: 'PENDING',
  connectionError: null,
  accessRevision: { increment: 1 },
  nextPollAt: new Date(0),
  inventoryDueAt: new Date(0),
}

/**
 * Changes to clusters are rare, so they go through Prisma. They take the placement lock: what placement has read of a
 * cluster's admin state stays true until it has committed.
 */
export function createClusterStore(database: Database, vault: Vault, bus: EventBus): ClusterStore {
  const change = async <T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> => {
    const result = await retryOnConflict(RACES_RETRIED, () =>
      database.prisma.$transaction(async (transaction) => {
        await transaction.$executeRawUnsafe(TAKE_PLACEMENT_LOCK)
        return work(transaction)
      }),
    )
    bus.publish()
    return result
  }

  return {
    register: (cluster, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed?.clusterId) {
          return {
            cluster: await findCluster(transaction, replayed.clusterId as ClusterId),
            operation: toOperation(replayed),
          }
        }
        await refuseTakenName(transaction, cluster.name)
        const { credential, tls, endpoints, ...columns } = cluster
        const row = await transaction.cluster.create({
          data: {
            ...columns,
            ...sealCredential(vault, cluster.id, credential),
            endpoints: [...endpoints],
            tls: { ...tls },
          },
          omit: WITHOUT_CREDENTIAL,
        })
        const created = await transaction.operation.create({
          data: { ...operationData('REGISTER_CLUSTER', operation), clusterId: cluster.id },
        })
        await recordEvents(transaction, 'CLUSTER_CHANGED', cluster.id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),

    update: (id, changes, expectedRevision) =>
      change(async (transaction) => {
        const present = await findCluster(transaction, id)
        if (expectedRevision !== null && expectedRevision !== present.revision) {
          throw new RevisionConflictError(expectedRevision, present.revision)
        }
        const { labels, adminState, mutedUntil, endpoints, tls, credential } = changes
        const accessChanged = endpoints ?? tls ?? credential
        const row = await transaction.cluster.update({
          where: { id },
          data: {
            labels,
            adminState,
            mutedUntil,
            endpoints: endpoints && [...endpoints],
            tls: tls && { ...tls },
            ...(credential && sealCredential(vault, id, credential)),
            ...(accessChanged && NOT_REACHED_YET),
            revision: { increment: 1 },
            updatedAt: new Date(),
          },
          omit: WITHOUT_CREDENTIAL,
        })
        await recordEvents(transaction, 'CLUSTER_CHANGED', id)
        return toCluster(row)
      }),

    detach: (id, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) {
          const row = await transaction.cluster.findUniqueOrThrow({ where: { id }, omit: WITHOUT_CREDENTIAL })
          return { cluster: toCluster(row), operation: toOperation(replayed) }
        }
        await findCluster(transaction, id)
        await refuseWhileOccupied(transaction, id)
        const now = new Date()
        const row = await transaction.cluster.update({
          where: { id },
          data: { detachedAt: now, updatedAt: now, credentialSealed: null, revision: { increment: 1 } },
          omit: WITHOUT_CREDENTIAL,
        })
        await transaction.clusterCapacity.deleteMany({ where: { clusterId: id } })
        await transaction.volume.updateMany({ where: { clusterId: id }, data: { observedBytes: 0 } })
        await transaction.snapshot.updateMany({ where: { clusterId: id }, data: { observedState: null } })
        await cancelUnfinished(transaction, id, now)
        const created = await transaction.operation.create({
          data: {
            ...operationData('DETACH_CLUSTER', operation),
            clusterId: id,
            state: 'SUCCEEDED',
            startedAt: now,
            finishedAt: now,
          },
        })
        await recordEvents(transaction, 'CLUSTER_DETACHED', id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),

    requestRefresh: (id, operation) =>
      change(async (transaction) => {
        await findCluster(transaction, id)
        const row = await transaction.cluster.update({
          where: { id },
          data: { nextPollAt: new Date(0), inventoryDueAt: new Date(0) },
          omit: WITHOUT_CREDENTIAL,
        })
        const created = await transaction.operation.create({
          data: { ...operation, kind: 'REFRESH_CLUSTER', state: 'PENDING', clusterId: id },
        })
        await recordEvents(transaction, 'CLUSTER_CHANGED', id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),
  }
}

async function findCluster(transaction: Prisma.TransactionClient, id: ClusterId) {
  const row = await transaction.cluster.findFirst({
    where: { id, detachedAt: null },
    omit: WITHOUT_CREDENTIAL,
  })
  if (!row) throw new NotFoundError(`there is no cluster ${id}`, ['input', 'id'])
  return toCluster(row)
}

async function refuseTakenName(transaction: Prisma.TransactionClient, name: string): Promise<void> {
  const holder = await transaction.cluster.findFirst({
    where: { name, detachedAt: null },
    select: { id: true },
  })
  if (holder)
    throw new NameTakenError(`a cluster named "${name}" is registered already`, ['input', 'name'], holder.id)
}

async function refuseWhileOccupied(transaction: Prisma.TransactionClient, id: ClusterId): Promise<void> {
  const where = { clusterId: id, state: { notIn: ['DELETED', 'FAILED'] } }
  const volumes = await transaction.volume.count({ where })
  const snapshots = await transaction.snapshot.count({ where })
  if (volumes + snapshots > 0) {
    const what = snapshots > 0 ? `${volumes} volumes and ${snapshots} snapshots` : `${volumes} volumes`
    throw new InvalidStateError(`${what} of ours are on this cluster; delete them first`, ['input', 'id'])
  }
}

async function cancelUnfinished(
  transaction: Prisma.TransactionClient,
  id: ClusterId,
  now: Date,
): Promise<void> {
  const unfinished = { clusterId: id, state: { in: ['PENDING', 'RUNNING'] } }
  const operations = await transaction.operation.findMany({ where: unfinished, select: { id: true } })
  await transaction.operation.updateMany({
    where: unfinished,
    data: {
      state: 'CANCELLED',
      finishedAt: now,
      errorCode: 'SUPERSEDED',
      errorMessage: 'the cluster was detached',
    },
  })
  await transaction.event.createMany({
    data: operations.map((operation) => ({ kind: 'OPERATION_CHANGED', subjectId: operation.id })),
  })
}

async function recordEvents(
  transaction: Prisma.TransactionClient,
  kind: 'CLUSTER_CHANGED' | 'CLUSTER_DETACHED',
  clusterId: string,
  operationId?: string,
): Promise<void> {
  const entries = [{ kind, subjectId: clusterId }]
  const operations = operationId ? [{ kind: 'OPERATION_CHANGED', subjectId: operationId }] : []
  await transaction.event.createMany({ data: [...entries, ...operations] })
}
