import { InvalidStateError, NameTakenError, RevisionConflictError } from '@flotilla/core/errors'
import type { ClusterId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { ClusterStore } from '@flotilla/core/ports/cluster-store'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { Prisma } from '../generated/client.ts'
import { doneOperationData, findReplay, operationData } from '../operations/new-operation.ts'
import { toOperation } from '../operations/operation-row.ts'
import { sealCredential } from '../secrets/cluster-credential.ts'
import type { Vault } from '../secrets/vault.ts'
import { changeClusters } from './change-clusters.ts'
import { toCluster, WITHOUT_CREDENTIAL } from './cluster-row.ts'
import { cancelDrain } from './drain-store.ts'
import { findCluster } from './find-cluster.ts'
import { releaseHeld } from './release-held.ts'
import { replayedCluster } from './replayed-cluster.ts'

/** With other endpoints or credentials nothing is known of whom they lead to; no work goes there before a poll has shown it. */
const NOT_REACHED_YET = {
  connection: 'PENDING',
  connectionError: null,
  accessRevision: { increment: 1 },
  nextPollAt: new Date(0),
  inventoryDueAt: new Date(0),
}

export function createClusterStore(database: Database, vault: Vault, bus: EventBus): ClusterStore {
  const change = <T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
    changeClusters(database, bus, work)

  return {
    register: (cluster, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed?.clusterId)
          return replayedCluster(transaction, replayed.clusterId as ClusterId, replayed)
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

    update: (id, changes, expectedRevision, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) return replayedCluster(transaction, id, replayed)
        const present = await findCluster(transaction, id)
        if (expectedRevision !== null && expectedRevision !== present.revision) {
          throw new RevisionConflictError(expectedRevision, present.revision)
        }
        const { labels, adminState, mutedUntil, endpoints, tls, credential } = changes
        const accessChanged = endpoints ?? tls ?? credential
        const now = new Date()
        if (adminState && adminState !== 'DRAINING') {
          await cancelDrain(transaction, id, `the cluster was set ${adminState}`)
        }
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
            updatedAt: now,
          },
          omit: WITHOUT_CREDENTIAL,
        })
        const created = await transaction.operation.create({
          data: { ...doneOperationData('UPDATE_CLUSTER', operation, now), clusterId: id },
        })
        await recordEvents(transaction, 'CLUSTER_CHANGED', id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),

    detach: (id, operation, releaseVolumes = false) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) return replayedCluster(transaction, id, replayed)
        await findCluster(transaction, id)
        await lockAgainstAdoption(transaction, id)
        if (!releaseVolumes) await refuseWhileOccupied(transaction, id)
        const now = new Date()
        const row = await transaction.cluster.update({
          where: { id },
          data: { detachedAt: now, updatedAt: now, credentialSealed: null, revision: { increment: 1 } },
          omit: WITHOUT_CREDENTIAL,
        })
        await transaction.clusterCapacity.deleteMany({ where: { clusterId: id } })
        if (releaseVolumes) await releaseHeld(transaction, id)
        await transaction.volume.updateMany({ where: { clusterId: id }, data: { observedBytes: 0 } })
        await transaction.snapshot.updateMany({ where: { clusterId: id }, data: { observedState: null } })
        await cancelUnfinished(transaction, id, now)
        const created = await transaction.operation.create({
          data: { ...doneOperationData('DETACH_CLUSTER', operation, now), clusterId: id },
        })
        await recordEvents(transaction, 'CLUSTER_DETACHED', id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),

    requestRefresh: (id, operation) =>
      change(async (transaction) => {
        const replayed = await findReplay(transaction, operation)
        if (replayed) return replayedCluster(transaction, id, replayed)
        await findCluster(transaction, id)
        const row = await transaction.cluster.update({
          where: { id },
          data: { nextPollAt: new Date(0), inventoryDueAt: new Date(0) },
          omit: WITHOUT_CREDENTIAL,
        })
        const created = await transaction.operation.create({
          data: { ...operationData('REFRESH_CLUSTER', operation), clusterId: id },
        })
        await recordEvents(transaction, 'CLUSTER_CHANGED', id, created.id)
        return { cluster: toCluster(row), operation: toOperation(created) }
      }),

    async kindsOf(ids) {
      const { rows } = await database.pool.query<{ id: VolumeId | SnapshotId; driver: string }>(
        `SELECT held.id, driver
         FROM (SELECT id, cluster_id FROM volume WHERE id = ANY ($1)
               UNION ALL SELECT id, cluster_id FROM snapshot WHERE id = ANY ($1)) AS held
           JOIN cluster ON cluster.id = held.cluster_id`,
        [ids],
      )
      return new Map(rows.map(({ id, driver }) => [id, driver]))
    },
  }
}

async function refuseTakenName(transaction: Prisma.TransactionClient, name: string): Promise<void> {
  const holder = await transaction.cluster.findFirst({
    where: { name, detachedAt: null },
    select: { id: true },
  })
  if (holder)
    throw new NameTakenError(`a cluster named "${name}" is registered already`, ['input', 'name'], holder.id)
}

/** Adoption does without the placement lock: what it is about to bring here has to be committed before anybody counts. */
async function lockAgainstAdoption(transaction: Prisma.TransactionClient, id: ClusterId): Promise<void> {
  await transaction.$executeRaw`SELECT 1 FROM cluster WHERE id = ${id} FOR NO KEY UPDATE`
}

async function refuseWhileOccupied(transaction: Prisma.TransactionClient, id: ClusterId): Promise<void> {
  const where = { clusterId: id, state: { notIn: ['DELETED', 'FAILED', 'RELEASED'] } }
  const volumes = await transaction.volume.count({ where })
  const snapshots = await transaction.snapshot.count({ where })
  if (volumes + snapshots > 0) {
    const what = snapshots > 0 ? `${volumes} volumes and ${snapshots} snapshots` : `${volumes} volumes`
    throw new InvalidStateError(
      `${what} of ours are on this cluster; delete them first, or release them: detachCluster(input: {releaseVolumes: true})`,
      ['input', 'id'],
    )
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
