import type { FindingKind, FindingState } from '@flotilla/core/findings/finding'
import type { FindingConditions, FindingOrderField } from '@flotilla/core/ports/fleet-reader'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { finding, findingKind, findingState } from './finding.ts'

interface FindingFilter extends Combination<FindingFilter> {
  readonly kind?: readonly FindingKind[] | null
  readonly state?: readonly FindingState[] | null
  readonly name?: StringFilter | null
  readonly clusterId?: readonly string[] | null
  readonly volumeId?: readonly string[] | null
}

const findingFilter = builder.inputRef<FindingFilter>('FindingFilter')
findingFilter.implement({
  description:
    'Which findings a list has. Conditions side by side must all hold. RESOLVED ones are left out unless `state` names them.',
  fields: (t) => ({
    and: t.field({ type: [findingFilter], description: 'All of these hold.' }),
    or: t.field({ type: [findingFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: findingFilter, description: 'This does not hold.' }),
    kind: t.field({ type: [findingKind], description: 'The kind is one of these.' }),
    state: t.field({ type: [findingState], description: 'The state is one of these.' }),
    name: t.field({
      type: stringFilter,
      description: "Condition on the volume's, or the snapshot's, name on the cluster.",
    }),
    clusterId: t.idList({ description: 'It is about one of these clusters.' }),
    volumeId: t.idList({ description: 'It is about one of these volumes of ours, or a snapshot of one.' }),
  }),
})

const findingOrderField = builder.enumType('FindingOrderField', {
  description: 'What findings are ordered by. Equal ones are ordered by id.',
  values: { OPENED_AT: { description: 'When it was found first.' } } satisfies Record<
    FindingOrderField,
    object
  >,
})

const findingOrder = builder.inputType('FindingOrder', {
  description: 'Order of a list of findings.',
  fields: (t) => ({
    field: t.field({ type: findingOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'DESC',
      description: 'Which end comes first.',
    }),
  }),
})

const findingConnection = builder.connectionObject(
  { type: finding, name: 'FindingConnection', description: 'A page of findings.' },
  { name: 'FindingEdge', description: 'A finding and its position in the list.' },
)

const NEWEST_FIRST = { field: 'OPENED_AT', direction: 'DESC' } as const

const findingListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: findingFilter, description: 'Which findings; all when absent.' }),
  orderBy: t.field({ type: findingOrder, description: 'Order of the list; newest first when absent.' }),
}))

builder.queryField('findings', (t) =>
  t.field({
    type: findingConnection,
    description:
      'What differs between our records and the clusters; RESOLVED ones only where `where.state` names them.',
    complexity: pageComplexity,
    args: findingListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage<FindingOrderField>(args, NEWEST_FIRST)
      const where = readWhere<FindingFilter, FindingConditions>(args.where, readConditions)
      return toConnection(await reader.listFindings(where, page), page)
    },
  }),
)

builder.queryField('finding', (t) =>
  t.field({
    type: finding,
    nullable: true,
    description: 'One finding; null when there is none with this id, and some weeks after it was RESOLVED.',
    args: { id: t.arg.id({ required: true, description: 'Id of the finding.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.finding.load(readId('Finding', id, 'id')),
  }),
)

function readConditions(filter: FindingFilter, path: string): Partial<FindingConditions> {
  const { kind, state, name, clusterId, volumeId } = filter
  return {
    ...(kind && { kind }),
    ...(state && { state }),
    ...(name && { name: withoutNulls(name) }),
    ...(clusterId && {
      clusterId: clusterId.map((id, index) => readId('Cluster', id, `${path}.clusterId.${index}`)),
    }),
    ...(volumeId && {
      volumeId: volumeId.map((id, index) => readId('Volume', id, `${path}.volumeId.${index}`)),
    }),
  }
}
