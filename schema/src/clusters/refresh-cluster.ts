import type { Cluster } from '@flotilla/core/clusters/cluster'
import { NotFoundError } from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { cluster } from './cluster.ts'

const refreshClusterInput = builder.inputType('RefreshClusterInput', {
  description: 'Which cluster to poll.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Id of the cluster.' }) }),
})

const refreshClusterPayload = builder
  .objectRef<{ cluster: Cluster; operation: Operation }>('RefreshClusterPayload')
  .implement({
    description: 'The poll is asked for.',
    fields: (t) => ({
      cluster: t.expose('cluster', { type: cluster, description: 'The cluster before the poll.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the poll has been recorded.',
      }),
    }),
  })

builder.mutationField('refreshCluster', (t) =>
  t.field({
    type: refreshClusterPayload,
    description: 'Polls a cluster soon, inventory included.',
    errors: {
      types: [NotFoundError],
      union: { name: 'RefreshClusterResult', description: 'Outcome of `refreshCluster`.' },
    },
    args: { input: t.arg({ type: refreshClusterInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.refreshCluster(readId('Cluster', input.id, 'input.id'), viewer),
  }),
)
