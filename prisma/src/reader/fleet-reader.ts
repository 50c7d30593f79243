import type {
  ClusterConditions,
  ClusterOrderField,
  FindingConditions,
  FleetReader,
  HostConditions,
  HostOrderField,
  OperationConditions,
  SnapshotConditions,
  SnapshotOrderField,
  SnapshotScheduleConditions,
  SnapshotScheduleOrderField,
  VolumeOrderField,
} from '@flotilla/core/ports/fleet-reader'
import type { Where } from '@flotilla/core/ports/page'
import { createAlertReader } from '../alerts/alert-reader.ts'
import { createCapacityHistory } from '../capacity/capacity-history.ts'
import { toCapacity, toCluster, WITHOUT_CREDENTIAL } from '../clusters/cluster-row.ts'
import { readDrains } from '../clusters/read-drains.ts'
import type { Database } from '../database/connect.ts'
import { toFinding } from '../findings/finding-row.ts'
import { readObservedPictures } from '../findings/read-observed-pictures.ts'
import type { Prisma } from '../generated/client.ts'
import { toAttachment, toHost } from '../hosts/host-row.ts'
import { toOperation } from '../operations/operation-row.ts'
import { readOperationFacts } from '../operations/read-operation-facts.ts'
import { readDecisions } from '../placement/read-decisions.ts'
import { readHops } from '../placement/read-hops.ts'
import { readHeldSnapshots } from '../schedules/read-held-snapshots.ts'
import { toSchedule } from '../schedules/schedule-row.ts'
import { toSnapshot } from '../snapshots/snapshot-row.ts'
import { toVolume } from '../volumes/volume-row.ts'
import { readFleetTotals } from './fleet-totals.ts'
import { readPage } from './read-page.ts'
import { volumeListWhere } from './volume-list-where.ts'
import { namesState, oneOf, textIs, toPrismaWhere } from './where.ts'

/** The API's reads; each list is two statements, each loader one, whatever the number of rows. */
export function createFleetReader({ pool, prisma }: Database): FleetReader {
  return {
    ...createCapacityHistory(pool),
    ...createAlertReader(prisma),

    fleetTotals: () => readFleetTotals(pool),

    async clustersByIds(ids) {
      const rows = await prisma.cluster.findMany({
        where: { id: { in: [...ids] } },
        omit: WITHOUT_CREDENTIAL,
      })
      return inOrder(ids, rows.map(toCluster), (cluster) => cluster.id)
    },

    async capacitiesByClusterIds(ids) {
      const rows = await prisma.clusterCapacity.findMany({ where: { clusterId: { in: [...ids] } } })
      return inOrder(ids, rows.map(toCapacity), (capacity) => capacity.clusterId)
    },

    drainsByClusterIds: (ids) => readDrains(prisma, ids),

    async allClusters() {
      const rows = await prisma.cluster.findMany({
        where: { detachedAt: null },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        omit: WITHOUT_CREDENTIAL,
      })
      return rows.map(toCluster)
    },

    listClusters(conditions, page) {
      const where = { AND: [{ detachedAt: null }, clusterWhere(conditions)] }
      const orderBy = [clusterOrder(page.orderBy), { id: sortOrder(page.orderBy.direction) }]
      return readPage(
        page,
        (query) => prisma.cluster.findMany({ where, orderBy, ...query, omit: WITHOUT_CREDENTIAL }),
        () => prisma.cluster.count({ where }),
        toCluster,
        MAY_BE_MISSING.has(page.orderBy.field),
      )
    },

    async volumesByIds(ids) {
      const rows = await prisma.volume.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toVolume), (volume) => volume.id)
    },

    listVolumes(conditions, page) {
      const where = volumeListWhere(conditions)
      const direction = sortOrder(page.orderBy.direction)
      const orderBy = [{ [VOLUME_COLUMNS[page.orderBy.field]]: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.volume.findMany({ where, orderBy, ...query }),
        () => prisma.volume.count({ where }),
        toVolume,
      )
    },

    async snapshotsByIds(ids) {
      const rows = await prisma.snapshot.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toSnapshot), (snapshot) => snapshot.id)
    },

    listSnapshots(conditions, page) {
      const live = namesState(conditions) ? {} : { state: { notIn: ['DELETED', 'RELEASED'] } }
      const where = { AND: [live, snapshotWhere(conditions)] }
      const direction = sortOrder(page.orderBy.direction)
      const orderBy = [{ [SNAPSHOT_COLUMNS[page.orderBy.field]]: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.snapshot.findMany({ where, orderBy, ...query }),
        () => prisma.snapshot.count({ where }),
        toSnapshot,
      )
    },

    async snapshotSchedulesByIds(ids) {
      const rows = await prisma.snapshotSchedule.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toSchedule), (schedule) => schedule.id)
    },

    listSnapshotSchedules(conditions, page) {
      const where = { AND: [{ deletedAt: null }, scheduleWhere(conditions)] }
      const orderBy = [scheduleOrder(page.orderBy), { id: sortOrder(page.orderBy.direction) }]
      return readPage(
        page,
        (query) => prisma.snapshotSchedule.findMany({ where, orderBy, ...query }),
        () => prisma.snapshotSchedule.count({ where }),
        toSchedule,
        MAY_BE_MISSING.has(page.orderBy.field),
      )
    },

    heldSnapshotsByScheduleIds: (ids) => readHeldSnapshots(pool, ids),

    async hostsByIds(ids) {
      const rows = await prisma.host.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toHost), (host) => host.id)
    },

    listHosts(conditions, page) {
      const where = { AND: [{ deletedAt: null }, hostWhere(conditions)] }
      const direction = sortOrder(page.orderBy.direction)
      const orderBy = [{ [HOST_ORDER[page.orderBy.field]]: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.host.findMany({ where, orderBy, ...query }),
        () => prisma.host.count({ where }),
        toHost,
      )
    },

    async attachmentsByVolumeIds(ids) {
      const rows = await prisma.attachment.findMany({
        where: { volumeId: { in: [...ids] } },
        orderBy: [{ createdAt: 'asc' }, { hostId: 'asc' }],
      })
      const byVolume = Map.groupBy(rows.map(toAttachment), ({ volumeId }) => volumeId)
      return ids.map((id) => byVolume.get(id) ?? [])
    },

    observedPicturesByVolumeIds: (ids) => readObservedPictures(pool, ids),

    async findingsByIds(ids) {
      const rows = await prisma.finding.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toFinding), (finding) => finding.id)
    },

    listFindings(conditions, page) {
      const live = namesState(conditions) ? {} : { state: { not: 'RESOLVED' } }
      const where = { AND: [live, findingWhere(conditions)] }
      const direction = sortOrder(page.orderBy.direction)
      const orderBy = [{ openedAt: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.finding.findMany({ where, orderBy, ...query }),
        () => prisma.finding.count({ where }),
        toFinding,
      )
    },

    async operationsByIds(ids) {
      const rows = await prisma.operation.findMany({ where: { id: { in: [...ids] } } })
      return inOrder(ids, rows.map(toOperation), (operation) => operation.id)
    },

    operationFactsByIds: (ids) => readOperationFacts(pool, ids),

    async latestOperationsByVolumeIds(ids) {
      const rows = await prisma.operation.findMany({
        where: { volumeId: { in: [...ids] } },
        distinct: ['volumeId'],
        orderBy: [{ volumeId: 'asc' }, { createdAt: 'desc' }, { id: 'desc' }],
      })
      return inOrder(ids, rows.map(toOperation), (operation) => operation.volumeId)
    },

    async latestOperationsBySnapshotIds(ids) {
      const rows = await prisma.operation.findMany({
        where: { snapshotId: { in: [...ids] } },
        distinct: ['snapshotId'],
        orderBy: [{ snapshotId: 'asc' }, { createdAt: 'desc' }, { id: 'desc' }],
      })
      return inOrder(ids, rows.map(toOperation), (operation) => operation.snapshotId)
    },

    listOperations(conditions, page) {
      const where = operationWhere(conditions)
      const direction = sortOrder(page.orderBy.direction)
      const orderBy = [{ createdAt: direction }, { id: direction }]
      return readPage(
        page,
        (query) => prisma.operation.findMany({ where, orderBy, ...query }),
        () => prisma.operation.count({ where }),
        toOperation,
      )
    },

    async decisionsByIds(ids) {
      return inOrder(ids, await readDecisions(pool, ids), (decision) => decision.id)
    },

    hopsByDecisionIds: (ids) => readHops(pool, ids),
  }
}

/** Orders by what some items do not have. */
const MAY_BE_MISSING: ReadonlySet<ClusterOrderField | SnapshotScheduleOrderField> = new Set([
  'PROVISIONED_RATIO',
  'EFFECTIVE_BYTES',
  'USED_BYTES',
  'NEXT_RUN_AT',
])

const VOLUME_COLUMNS = {
  NAME: 'name',
  CREATED_AT: 'createdAt',
  SIZE_BYTES: 'sizeBytes',
} as const satisfies Record<VolumeOrderField, keyof Prisma.VolumeOrderByWithRelationInput>

const HOST_ORDER = { NQN: 'nqn', CREATED_AT: 'createdAt' } as const satisfies Record<
  HostOrderField,
  keyof Prisma.HostOrderByWithRelationInput
>

const SNAPSHOT_COLUMNS = { NAME: 'name', CREATED_AT: 'createdAt' } as const satisfies Record<
  SnapshotOrderField,
  keyof Prisma.SnapshotOrderByWithRelationInput
>

function clusterOrder(order: {
  field: ClusterOrderField
  direction: 'ASC' | 'DESC'
}): Prisma.ClusterOrderByWithRelationInput {
  const direction = sortOrder(order.direction)
  switch (order.field) {
    case 'NAME':
      return { name: direction }
    case 'CREATED_AT':
      return { createdAt: direction }
    case 'PROVISIONED_RATIO':
      return { capacity: { provisionedRatio: { sort: direction, nulls: 'last' } } }
    case 'EFFECTIVE_BYTES':
      return { capacity: { effectiveBytes: direction } }
    case 'USED_BYTES':
      return { capacity: { usedBytes: direction } }
  }
}

function scheduleOrder(order: {
  field: SnapshotScheduleOrderField
  direction: 'ASC' | 'DESC'
}): Prisma.SnapshotScheduleOrderByWithRelationInput {
  const direction = sortOrder(order.direction)
  switch (order.field) {
    case 'NAME':
      return { name: direction }
    case 'CREATED_AT':
      return { createdAt: direction }
    case 'NEXT_RUN_AT':
      return { nextRunAt: { sort: direction, nulls: 'last' } }
  }
}

function sortOrder(direction: 'ASC' | 'DESC'): 'asc' | 'desc' {
  return direction === 'ASC' ? 'asc' : 'desc'
}

function clusterWhere(where: Where<ClusterConditions>): Prisma.ClusterWhereInput {
  return toPrismaWhere(where, (each) => [
    textIs('name', each.name),
    {
      adminState: oneOf(each.adminState),
      connection: oneOf(each.connection),
      health: oneOf(each.health),
      ...(each.withoutKey !== undefined && withoutKey(each.withoutKey)),
    },
  ])
}

/** The same clusters that a retirement is refused for (service-keys.ts). */
function withoutKey(keyId: string) {
  return { credentialKind: 'KEY_PAIR', OR: [{ acceptedKeyId: null }, { acceptedKeyId: { not: keyId } }] }
}

function snapshotWhere(where: Where<SnapshotConditions>): Prisma.SnapshotWhereInput {
  return toPrismaWhere(where, (each) => [
    textIs('name', each.name),
    textIs('project', each.project),
    {
      volumeId: oneOf(each.volumeId),
      clusterId: oneOf(each.clusterId),
      scheduleId: oneOf(each.scheduleId),
      state: oneOf(each.state),
    },
  ])
}

function scheduleWhere(where: Where<SnapshotScheduleConditions>): Prisma.SnapshotScheduleWhereInput {
  return toPrismaWhere(where, (each) => [
    textIs('name', each.name),
    textIs('project', each.project),
    {
      volumeId: oneOf(each.volumeId),
      isPaused: each.isPaused,
    },
  ])
}

function hostWhere(where: Where<HostConditions>): Prisma.HostWhereInput {
  return toPrismaWhere(where, (each) => [textIs('nqn', each.nqn), textIs('name', each.name)])
}

function findingWhere(where: Where<FindingConditions>): Prisma.FindingWhereInput {
  return toPrismaWhere(where, (each) => [
    textIs('name', each.name),
    {
      kind: oneOf(each.kind),
      state: oneOf(each.state),
      clusterId: oneOf(each.clusterId),
      volumeId: oneOf(each.volumeId),
    },
  ])
}

function operationWhere(where: Where<OperationConditions>): Prisma.OperationWhereInput {
  return toPrismaWhere(where, (each) => [
    {
      kind: oneOf(each.kind),
      state: oneOf(each.state),
      clusterId: oneOf(each.clusterId),
      volumeId: oneOf(each.volumeId),
      snapshotId: oneOf(each.snapshotId),
      hostId: oneOf(each.hostId),
      scheduleId: oneOf(each.scheduleId),
      parentId: oneOf(each.parentId),
    },
  ])
}

function inOrder<Id extends string, Item>(
  ids: readonly Id[],
  items: readonly Item[],
  idOf: (item: Item) => string | null,
): (Item | null)[] {
  const byId = new Map(items.map((item) => [idOf(item), item]))
  return ids.map((id) => byId.get(id) ?? null)
}
