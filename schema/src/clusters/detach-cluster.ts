import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { requiredKey } from '../operations/required-key.ts'
import { clusterPayload } from './cluster-payload.ts'

const detachClusterInput = builder.inputType('DetachClusterInput', {
  description: 'Which cluster to let go.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the cluster.' }),
    releaseVolumes: t.boolean({
      description:
        'True: our volumes and snapshots there are released from management. They stay on the cluster as they are, work on them is cancelled, and their names are free.',
    }),
  }),
})

const detachClusterPayload = clusterPayload('DetachClusterPayload', {
  description: 'The cluster has left the fleet. Nothing on it was touched.',
  cluster: 'The cluster as it was.',
  operation: 'The record of it.',
})

builder.mutationField('detachCluster', (t) =>
  t.field({
    type: detachClusterPayload,
    description:
      'Lets a cluster go. Refused while volumes of ours are on it, unless they are released with it.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'DetachClusterResult', description: 'Outcome of `detachCluster`.' },
    },
    args: { input: t.arg({ type: detachClusterInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.detachCluster(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Cluster', input.id, 'input.id'),
          releaseVolumes: input.releaseVolumes ?? undefined,
        },
        viewer,
      ),
  }),
)
