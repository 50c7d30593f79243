import type { SnapshotConditions, SnapshotOrderField } from '@flotilla/core/ports/fleet-reader'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { snapshotSchedule } from '../schedules/snapshot-schedule.ts'
import { volume } from '../volumes/volume.ts'
import { snapshot, snapshotState } from './snapshot.ts'

interface SnapshotFilter extends Combination<SnapshotFilter> {
  readonly name?: StringFilter | null
  readonly project?: StringFilter | null
  readonly volumeId?: readonly string[] | null
  readonly clusterId?: readonly string[] | null
  readonly scheduleId?: readonly string[] | null
  readonly state?: readonly SnapshotState[] | null
}

const snapshotFilter = builder.inputRef<SnapshotFilter>('SnapshotFilter')
snapshotFilter.implement({
  description:
    'Which snapshots a list has. Conditions side by side must all hold. Deleted ones are left out unless `state` names DELETED.',
  fields: (t) => ({
    and: t.field({ type: [snapshotFilter], description: 'All of these hold.' }),
    or: t.field({ type: [snapshotFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: snapshotFilter, description: 'This does not hold.' }),
    name: t.field({ type: stringFilter, description: 'Condition on the name.' }),
    project: t.field({ type: stringFilter, description: 'Condition on the project.' }),
    volumeId: t.idList({ description: 'It was taken of one of these volumes.' }),
    clusterId: t.idList({ description: 'It is on one of these clusters.' }),
    scheduleId: t.idList({ description: 'It was taken by one of these schedules.' }),
    state: t.field({ type: [snapshotState], description: 'The state is one of these.' }),
  }),
})

const snapshotOrderField = builder.enumType('SnapshotOrderField', {
  description: 'What snapshots are ordered by. Equal ones are ordered by id.',
  values: {
    NAME: { description: 'The name.' },
    CREATED_AT: { description: 'When it was asked for.' },
  } satisfies Record<SnapshotOrderField, object>,
})

const snapshotOrder = builder.inputType('SnapshotOrder', {
  description: 'Order of a list of snapshots.',
  fields: (t) => ({
    field: t.field({ type: snapshotOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'DESC',
      description: 'Which end comes first.',
    }),
  }),
})

const snapshotConnection = builder.connectionObject(
  { type: snapshot, name: 'SnapshotConnection', description: 'A page of snapshots.' },
  { name: 'SnapshotEdge', description: 'A snapshot and its position in the list.' },
)

const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const

const snapshotListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: snapshotFilter, description: 'Which snapshots; all when absent.' }),
  orderBy: t.field({ type: snapshotOrder, description: 'Order of the list; newest first when absent.' }),
}))

builder.queryField('snapshots', (t) =>
  t.field({
    type: snapshotConnection,
    description: 'Snapshots of ours, deleted and released ones only where `where.state` names these states.',
    complexity: pageComplexity,
    args: snapshotListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage<SnapshotOrderField>(args, NEWEST_FIRST)
      const where = readWhere<SnapshotFilter, SnapshotConditions>(args.where, readConditions)
      return toConnection(await reader.listSnapshots(where, page), page)
    },
  }),
)

builder.objectField(volume, 'snapshots', (t) =>
  t.field({
    type: snapshotConnection,
    description:
      'Snapshots of this volume, deleted and released ones only where `where.state` names these states.',
    complexity: pageComplexity,
    args: snapshotListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<SnapshotOrderField>(args, NEWEST_FIRST)
      const where = readWhere<SnapshotFilter, SnapshotConditions>(args.where, readConditions)
      return toConnection(await reader.listSnapshots({ and: [{ volumeId: [id] }, where] }, page), page)
    },
  }),
)

builder.objectField(snapshotSchedule, 'snapshots', (t) =>
  t.field({
    type: snapshotConnection,
    description:
      'Snapshots that it has had taken, deleted and released ones only where `where.state` names these states.',
    complexity: pageComplexity,
    args: snapshotListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<SnapshotOrderField>(args, NEWEST_FIRST)
      const where = readWhere<SnapshotFilter, SnapshotConditions>(args.where, readConditions)
      return toConnection(await reader.listSnapshots({ and: [{ scheduleId: [id] }, where] }, page), page)
    },
  }),
)

function readConditions(filter: SnapshotFilter, path: string): Partial<SnapshotConditions> {
  const { name, project, volumeId, clusterId, scheduleId, state } = filter
  return {
    ...(name && { name: withoutNulls(name) }),
    ...(project && { project: withoutNulls(project) }),
    ...(volumeId && {
      volumeId: volumeId.map((id, index) => readId('Volume', id, `${path}.volumeId.${index}`)),
    }),
    ...(clusterId && {
      clusterId: clusterId.map((id, index) => readId('Cluster', id, `${path}.clusterId.${index}`)),
    }),
    ...(scheduleId && {
      scheduleId: scheduleId.map((id, index) =>
        readId('SnapshotSchedule', id, `${path}.scheduleId.${index}`),
      ),
    }),
    ...(state && { state }),
  }
}
