import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { clusterPayload } from '../clusters/cluster-payload.ts'
import { readId } from '../identity/parse-node-id.ts'
import { requiredKey } from '../operations/required-key.ts'

const startDrainInput = builder.inputType('StartDrainInput', {
  description: 'Which cluster to empty.',
  fields: (t) => ({
    ...requiredKey(t),
    clusterId: t.id({ required: true, description: 'Id of the cluster.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    force: t.boolean({
      description: 'True: begin although the plan leaves volumes without another place.',
    }),
  }),
})

const startDrainPayload = clusterPayload('StartDrainPayload', {
  description: 'The cluster takes no new volumes from now on.',
  cluster: 'The cluster, DRAINING.',
  operation: 'Tells what is left, and succeeds when nothing of ours is.',
})

builder.mutationField('startDrain', (t) =>
  t.field({
    type: startDrainPayload,
    description:
      'Begins to empty a cluster. It moves nothing by itself: clusters cannot copy to each other, so `drainPlan` tells the steps, and this counts what is left.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        RevisionConflictError,
        InvalidStateError,
        IdempotencyConflictError,
      ],
      union: { name: 'StartDrainResult', description: 'Outcome of `startDrain`.' },
    },
    args: { input: t.arg({ type: startDrainInput, required: true, description: 'The cluster.' }) },
    resolve: (_root, { input }, { moves, viewer }) =>
      moves.startDrain(
        {
          idempotencyKey: input.idempotencyKey,
          clusterId: readId('Cluster', input.clusterId, 'input.clusterId'),
          expectedRevision: input.expectedRevision ?? undefined,
          force: input.force ?? undefined,
        },
        viewer,
      ),
  }),
)
