import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { Drained } from '@flotilla/core/ports/drain-store'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'

const startDrainInput = builder.inputType('StartDrainInput', {
  description: 'Which cluster to empty.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the original operation.',
    }),
    clusterId: t.id({ required: true, description: 'Id of the cluster.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    force: t.boolean({
      description: 'True: begin although the plan leaves volumes without another place.',
    }),
  }),
})

const startDrainPayload = builder.objectRef<Drained>('StartDrainPayload').implement({
  description: 'The cluster takes no new volumes from now on.',
  fields: (t) => ({
    cluster: t.expose('cluster', { type: cluster, description: 'The cluster, DRAINING.' }),
    operation: t.expose('operation', {
      type: operation,
      description: 'Tells what is left, and succeeds when nothing of ours is.',
    }),
  }),
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
