import type { IdType } from '@flotilla/core/identity/ids'
import type { OperationKind, OperationState } from '@flotilla/core/operations/operation'
import type { OperationConditions, OperationOrderField } from '@flotilla/core/ports/fleet-reader'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'
import { operation, operationKind, operationState } from './operation.ts'
import './operation-progress.ts'

interface OperationFilter extends Combination<OperationFilter> {
  readonly kind?: readonly OperationKind[] | null
  readonly state?: readonly OperationState[] | null
  readonly clusterId?: readonly string[] | null
  readonly volumeId?: readonly string[] | null
  readonly snapshotId?: readonly string[] | null
  readonly hostId?: readonly string[] | null
  readonly snapshotScheduleId?: readonly string[] | null
  readonly parentId?: readonly string[] | null
}

const operationFilter = builder.inputRef<OperationFilter>('OperationFilter')
operationFilter.implement({
  description: 'Which operations a list has. Conditions side by side must all hold.',
  fields: (t) => ({
    and: t.field({ type: [operationFilter], description: 'All of these hold.' }),
    or: t.field({ type: [operationFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: operationFilter, description: 'This does not hold.' }),
    kind: t.field({ type: [operationKind], description: 'The kind is one of these.' }),
    state: t.field({ type: [operationState], description: 'The state is one of these.' }),
    clusterId: t.idList({ description: 'It concerns one of these clusters.' }),
    volumeId: t.idList({ description: 'It works on one of these volumes.' }),
    snapshotId: t.idList({ description: 'It works on one of these snapshots.' }),
    hostId: t.idList({ description: 'It is about one of these hosts.' }),
    snapshotScheduleId: t.idList({ description: 'It is about one of these schedules.' }),
    parentId: t.idList({ description: 'It is an item of one of these bulk operations.' }),
  }),
})

const operationOrderField = builder.enumType('OperationOrderField', {
  description: 'What operations are ordered by. Equal ones are ordered by id.',
  values: {
    CREATED_AT: { description: 'When it was asked for.' },
  } satisfies Record<OperationOrderField, object>,
})

const operationOrder = builder.inputType('OperationOrder', {
  description: 'Order of a list of operations.',
  fields: (t) => ({
    field: t.field({ type: operationOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'DESC',
      description: 'Which end comes first.',
    }),
  }),
})

const operationConnection = builder.connectionObject(
  { type: operation, name: 'OperationConnection', description: 'A page of operations.' },
  { name: 'OperationEdge', description: 'An operation and its position in the list.' },
)

const OLDEST_FIRST = { field: 'CREATED_AT', direction: 'ASC' } as const
const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const

builder.queryField('operations', (t) =>
  t.field({
    type: operationConnection,
    description: 'Operations of all kinds.',
    complexity: pageComplexity,
    args: {
      ...pageArgs,
      where: t.arg({ type: operationFilter, description: 'Which operations; all when absent.' }),
      orderBy: t.arg({ type: operationOrder, description: 'Order of the list; newest first when absent.' }),
    },
    resolve: async (_root, args, { reader }) => {
      const page = readPage<OperationOrderField>(args, NEWEST_FIRST)
      const where = readWhere<OperationFilter, OperationConditions>(args.where, readConditions)
      return toConnection(await reader.listOperations(where, page), page)
    },
  }),
)

builder.objectField(operation, 'children', (t) =>
  t.field({
    type: operationConnection,
    description:
      'The operations of its items, as far as they were begun or cancelled; nothing for one that is not about many volumes.',
    complexity: pageComplexity,
    args: {
      ...pageArgs,
      where: t.arg({ type: operationFilter, description: 'Which of them; all when absent.' }),
      orderBy: t.arg({ type: operationOrder, description: 'Order of the list; oldest first when absent.' }),
    },
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<OperationOrderField>(args, OLDEST_FIRST)
      const where = readWhere<OperationFilter, OperationConditions>(args.where, readConditions)
      return toConnection(await reader.listOperations({ and: [{ parentId: [id] }, where] }, page), page)
    },
  }),
)

builder.objectFields(volume, (t) => ({
  operations: t.field({
    type: operationConnection,
    description: 'All that was asked of this volume, newest first.',
    complexity: pageComplexity,
    args: pageArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<OperationOrderField>(args, NEWEST_FIRST)
      return toConnection(await reader.listOperations({ volumeId: [id] }, page), page)
    },
  }),
  latestOperation: t.field({
    type: operation,
    nullable: true,
    description: 'What was last asked of this volume; null when that is no longer on record.',
    resolve: ({ id }, _args, { loaders }) => loaders.latestOperation.load(id),
  }),
}))

builder.objectField(snapshot, 'latestOperation', (t) =>
  t.field({
    type: operation,
    nullable: true,
    description: 'What was last asked of this snapshot; null when that is no longer on record.',
    resolve: ({ id }, _args, { loaders }) => loaders.latestSnapshotOperation.load(id),
  }),
)

function readConditions(filter: OperationFilter, path: string): Partial<OperationConditions> {
  const { kind, state, clusterId, volumeId, snapshotId, hostId, snapshotScheduleId, parentId } = filter
  const read = <T extends IdType>(type: T, field: string, ids: readonly string[]) =>
    ids.map((id, index) => readId(type, id, `${path}.${field}.${index}`))
  return {
    ...(kind && { kind }),
    ...(state && { state }),
    ...(clusterId && { clusterId: read('Cluster', 'clusterId', clusterId) }),
    ...(volumeId && { volumeId: read('Volume', 'volumeId', volumeId) }),
    ...(snapshotId && { snapshotId: read('Snapshot', 'snapshotId', snapshotId) }),
    ...(hostId && { hostId: read('Host', 'hostId', hostId) }),
    ...(snapshotScheduleId && {
      scheduleId: read('SnapshotSchedule', 'snapshotScheduleId', snapshotScheduleId),
    }),
    ...(parentId && { parentId: read('Operation', 'parentId', parentId) }),
  }
}
