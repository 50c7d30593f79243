import { IdempotencyConflictError, InvalidInputError, NotFoundError } from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { clusterPayload } from './cluster-payload.ts'

const refreshClusterInput = builder.inputType('RefreshClusterInput', {
  description: 'Which cluster to poll.',
  fields: (t) => ({
    ...optionalKey(t),
    id: t.id({ required: true, description: 'Id of the cluster.' }),
  }),
})

const refreshClusterPayload = clusterPayload('RefreshClusterPayload', {
  description: 'The poll is asked for.',
  cluster: 'The cluster before the poll.',
  operation: 'Succeeds when the poll has been recorded.',
})

builder.mutationField('refreshCluster', (t) =>
  t.field({
    type: refreshClusterPayload,
    description: 'Polls a cluster soon, inventory included.',
    errors: {
      types: [InvalidInputError, NotFoundError, IdempotencyConflictError],
      union: { name: 'RefreshClusterResult', description: 'Outcome of `refreshCluster`.' },
    },
    args: { input: t.arg({ type: refreshClusterInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.refreshCluster(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          id: readId('Cluster', input.id, 'input.id'),
        },
        viewer,
      ),
  }),
)
