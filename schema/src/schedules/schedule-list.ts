import type {
  SnapshotScheduleConditions,
  SnapshotScheduleOrderField,
} from '@flotilla/core/ports/fleet-reader'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { volume } from '../volumes/volume.ts'
import { snapshotSchedule, snapshotScheduleOutcome } from './snapshot-schedule.ts'

interface SnapshotScheduleFilter extends Combination<SnapshotScheduleFilter> {
  readonly name?: StringFilter | null
  readonly project?: StringFilter | null
  readonly volumeId?: readonly string[] | null
  readonly isPaused?: boolean | null
}

const scheduleFilter = builder.inputRef<SnapshotScheduleFilter>('SnapshotScheduleFilter')
scheduleFilter.implement({
  description: 'Which schedules a list has. Conditions side by side must all hold.',
  fields: (t) => ({
    and: t.field({ type: [scheduleFilter], description: 'All of these hold.' }),
    or: t.field({ type: [scheduleFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: scheduleFilter, description: 'This does not hold.' }),
    name: t.field({ type: stringFilter, description: 'Condition on the name.' }),
    project: t.field({ type: stringFilter, description: 'Condition on the project.' }),
    volumeId: t.idList({ description: 'It is of one of these volumes.' }),
    isPaused: t.boolean({ description: 'Whether it is paused.' }),
  }),
})

const scheduleOrderField = builder.enumType('SnapshotScheduleOrderField', {
  description: 'What schedules are ordered by. Equal ones are ordered by id.',
  values: {
    NAME: { description: 'The name.' },
    CREATED_AT: { description: 'When it was asked for.' },
    NEXT_RUN_AT: { description: 'The moment that is due next; paused ones come last.' },
  } satisfies Record<SnapshotScheduleOrderField, object>,
})

const scheduleOrder = builder.inputType('SnapshotScheduleOrder', {
  description: 'Order of a list of schedules.',
  fields: (t) => ({
    field: t.field({ type: scheduleOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which end comes first.',
    }),
  }),
})

const scheduleConnection = builder.connectionObject(
  { type: snapshotSchedule, name: 'SnapshotScheduleConnection', description: 'A page of schedules.' },
  { name: 'SnapshotScheduleEdge', description: 'A schedule and its position in the list.' },
)

const BY_NAME = { field: 'NAME', direction: 'ASC' } as const

const scheduleListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: scheduleFilter, description: 'Which schedules; all when absent.' }),
  orderBy: t.field({ type: scheduleOrder, description: 'Order of the list; by name when absent.' }),
}))

builder.queryField('snapshotSchedules', (t) =>
  t.field({
    type: scheduleConnection,
    description: 'Schedules that are not deleted.',
    complexity: pageComplexity,
    args: scheduleListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage<SnapshotScheduleOrderField>(args, BY_NAME)
      const where = readWhere<SnapshotScheduleFilter, SnapshotScheduleConditions>(args.where, readConditions)
      return toConnection(await reader.listSnapshotSchedules(where, page), page)
    },
  }),
)

builder.objectField(volume, 'snapshotSchedules', (t) =>
  t.field({
    type: scheduleConnection,
    description: 'Schedules of this volume that are not deleted.',
    complexity: pageComplexity,
    args: scheduleListArgs,
    resolve: async ({ id }, args, { reader }) => {
      const page = readPage<SnapshotScheduleOrderField>(args, BY_NAME)
      const where = readWhere<SnapshotScheduleFilter, SnapshotScheduleConditions>(args.where, readConditions)
      return toConnection(
        await reader.listSnapshotSchedules({ and: [{ volumeId: [id] }, where] }, page),
        page,
      )
    },
  }),
)

function readConditions(filter: SnapshotScheduleFilter, path: string): Partial<SnapshotScheduleConditions> {
  const { name, project, volumeId, isPaused } = filter
  return {
    ...(name && { name: withoutNulls(name) }),
    ...(project && { project: withoutNulls(project) }),
    ...(volumeId && {
      volumeId: volumeId.map((id, index) => readId('Volume', id, `${path}.volumeId.${index}`)),
    }),
    ...(typeof isPaused === 'boolean' && { isPaused }),
  }
}

builder.objectField(snapshotScheduleOutcome, 'operation', (t) =>
  t.field({
    type: operation,
    nullable: true,
    description:
      'The operation that takes it, with its error when its cluster refuses; null unless it was TAKEN.',
    resolve: ({ operationId }, _args, { loaders }) => operationId && loaders.operation.load(operationId),
  }),
)
