import type { HostConditions, HostOrderField } from '@flotilla/core/ports/fleet-reader'
import { builder } from '../builder.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { host } from './host.ts'

interface HostFilter extends Combination<HostFilter> {
  readonly nqn?: StringFilter | null
  readonly name?: StringFilter | null
}

const hostFilter = builder.inputRef<HostFilter>('HostFilter')
hostFilter.implement({
  description: 'Which hosts a list has. Conditions side by side must all hold.',
  fields: (t) => ({
    and: t.field({ type: [hostFilter], description: 'All of these hold.' }),
    or: t.field({ type: [hostFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: hostFilter, description: 'This does not hold.' }),
    nqn: t.field({ type: stringFilter, description: 'Condition on the NQN.' }),
    name: t.field({ type: stringFilter, description: 'Condition on the name.' }),
  }),
})

const hostOrderField = builder.enumType('HostOrderField', {
  description: 'What hosts are ordered by. Equal ones are ordered by id.',
  values: {
    NQN: { description: 'The NQN.' },
    CREATED_AT: { description: 'When it was registered.' },
  } satisfies Record<HostOrderField, object>,
})

const hostOrder = builder.inputType('HostOrder', {
  description: 'Order of a list of hosts.',
  fields: (t) => ({
    field: t.field({ type: hostOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which end comes first.',
    }),
  }),
})

const hostConnection = builder.connectionObject(
  { type: host, name: 'HostConnection', description: 'A page of hosts.' },
  { name: 'HostEdge', description: 'A host and its position in the list.' },
)

const BY_NQN = { field: 'NQN', direction: 'ASC' } as const

const hostListArgs = builder.args((t) => ({
  ...pageArgs,
  where: t.field({ type: hostFilter, description: 'Which hosts; all when absent.' }),
  orderBy: t.field({ type: hostOrder, description: 'Order of the list; by NQN when absent.' }),
}))

builder.queryField('hosts', (t) =>
  t.field({
    type: hostConnection,
    description: 'The hosts that are registered.',
    complexity: pageComplexity,
    args: hostListArgs,
    resolve: async (_root, args, { reader }) => {
      const page = readPage<HostOrderField>(args, BY_NQN)
      const where = readWhere<HostFilter, HostConditions>(args.where, readConditions)
      return toConnection(await reader.listHosts(where, page), page)
    },
  }),
)

function readConditions({ nqn, name }: HostFilter): Partial<HostConditions> {
  return { ...(nqn && { nqn: withoutNulls(nqn) }), ...(name && { name: withoutNulls(name) }) }
}
