import type {
  ClusterAdminState,
  ClusterConnectionState,
  ClusterHealth,
} from '@flotilla/core/clusters/cluster'
import type { ClusterConditions, ClusterOrderField } from '@flotilla/core/ports/fleet-reader'
import { builder } from '../builder.ts'
import { pageArgs } from '../paging/page-args.ts'
import { pageComplexity, readPage, toConnection } from '../paging/read-page.ts'
import { type Combination, readWhere, withoutNulls } from '../paging/read-where.ts'
import { sortDirection } from '../paging/sort-direction.ts'
import { type StringFilter, stringFilter } from '../paging/string-filter.ts'
import { cluster } from './cluster.ts'
import { clusterAdminState, clusterConnectionState, clusterHealth } from './cluster-enums.ts'

interface ClusterFilter extends Combination<ClusterFilter> {
  readonly name?: StringFilter | null
  readonly adminState?: readonly ClusterAdminState[] | null
  readonly connection?: readonly ClusterConnectionState[] | null
  readonly health?: readonly ClusterHealth[] | null
}

const clusterFilter = builder.inputRef<ClusterFilter>('ClusterFilter')
clusterFilter.implement({
  description: 'Which clusters a list has. Conditions side by side must all hold.',
  fields: (t) => ({
    and: t.field({ type: [clusterFilter], description: 'All of these hold.' }),
    or: t.field({ type: [clusterFilter], description: 'At least one of these holds.' }),
    not: t.field({ type: clusterFilter, description: 'This does not hold.' }),
    name: t.field({ type: stringFilter, description: 'Condition on the name.' }),
    adminState: t.field({ type: [clusterAdminState], description: 'The admin state is one of these.' }),
    connection: t.field({ type: [clusterConnectionState], description: 'The connection is one of these.' }),
    health: t.field({ type: [clusterHealth], description: 'The health is one of these.' }),
  }),
})

const clusterOrderField = builder.enumType('ClusterOrderField', {
  description: 'What clusters are ordered by. Equal ones are ordered by id; unknown figures come last.',
  values: {
    NAME: { description: 'The name.' },
    CREATED_AT: { description: 'When it was registered.' },
    PROVISIONED_RATIO: { description: '(provisioned + pending) / effective.' },
    EFFECTIVE_BYTES: { description: 'Usable physical storage.' },
    USED_BYTES: { description: 'Physically written.' },
  } satisfies Record<ClusterOrderField, object>,
})

const clusterOrder = builder.inputType('ClusterOrder', {
  description: 'Order of a list of clusters.',
  fields: (t) => ({
    field: t.field({ type: clusterOrderField, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: sortDirection,
      required: true,
      defaultValue: 'ASC',
      description: 'Which end comes first.',
    }),
  }),
})

export const clusterConnection = builder.connectionObject(
  { type: cluster, name: 'ClusterConnection', description: 'A page of clusters.' },
  { name: 'ClusterEdge', description: 'A cluster and its position in the list.' },
)

builder.queryField('clusters', (t) =>
  t.field({
    type: clusterConnection,
    description: 'Clusters of the fleet, detached ones left out.',
    complexity: pageComplexity,
    args: {
      ...pageArgs,
      where: t.arg({ type: clusterFilter, description: 'Which clusters; all when absent.' }),
      orderBy: t.arg({ type: clusterOrder, description: 'Order of the list; by name when absent.' }),
    },
    resolve: async (_root, args, { reader }) => {
      const page = readPage<ClusterOrderField>(args, { field: 'NAME', direction: 'ASC' })
      const where = readWhere<ClusterFilter, ClusterConditions>(args.where, readConditions)
      return toConnection(await reader.listClusters(where, page), page)
    },
  }),
)

function readConditions({ name, adminState, connection, health }: ClusterFilter): Partial<ClusterConditions> {
  return {
    ...(name && { name: withoutNulls(name) }),
    ...(adminState && { adminState }),
    ...(connection && { connection }),
    ...(health && { health }),
  }
}
