import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { clusterPayload } from '../clusters/cluster-payload.ts'
import { readId } from '../identity/parse-node-id.ts'
import { optionalKey } from '../operations/optional-key.ts'

const cancelDrainInput = builder.inputType('CancelDrainInput', {
  description: 'Which cluster to keep.',
  fields: (t) => ({
    ...optionalKey(t),
    clusterId: t.id({ required: true, description: 'Id of the cluster.' }),
  }),
})

const cancelDrainPayload = clusterPayload('CancelDrainPayload', {
  description: 'The drain is over. What was moved stays where it is.',
  cluster: 'The cluster, in the admin state that it had before.',
  operation: 'The record of the drain, CANCELLED.',
})

builder.mutationField('cancelDrain', (t) =>
  t.field({
    type: cancelDrainPayload,
    description: 'Ends a drain that goes on. So does setting another admin state with `updateCluster`.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, IdempotencyConflictError],
      union: { name: 'CancelDrainResult', description: 'Outcome of `cancelDrain`.' },
    },
    args: { input: t.arg({ type: cancelDrainInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { moves, viewer }) =>
      moves.cancelDrain(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          clusterId: readId('Cluster', input.clusterId, 'input.clusterId'),
        },
        viewer,
      ),
  }),
)
