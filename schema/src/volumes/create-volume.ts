import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NoFeasibleClusterError,
  NotFoundError,
  OverloadedError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { PlacementDecision } from '@flotilla/core/placement/placement-decision'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { placementDecision } from '../placement/placement-decision.ts'
import { volume } from './volume.ts'
import { readWantedVolume, wantedVolumeFields } from './wanted-volume.ts'

const createVolumeInput = builder.inputType('CreateVolumeInput', {
  description: 'What volume is needed. The policy decides where it goes.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description:
        'Chosen by the caller: the same key and input answers with the original operation, so a request may be repeated safely.',
    }),
    ...wantedVolumeFields(t),
  }),
})

const createVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation; decision: PlacementDecision }>('CreateVolumePayload')
  .implement({
    description: 'The volume has its place, and its bytes are reserved there; a worker creates it next.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The new volume, CREATING.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has created it.',
      }),
      decision: t.expose('decision', { type: placementDecision, description: 'Why it goes there.' }),
    }),
  })

builder.mutationField('createVolume', (t) =>
  t.field({
    type: createVolumePayload,
    description:
      'Creates a volume on the cluster with the lowest provisioned ratio after placing it, of those that the policy allows; a clone on the cluster of its source.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        NoFeasibleClusterError,
        NameTakenError,
        IdempotencyConflictError,
        OverloadedError,
      ],
      union: { name: 'CreateVolumeResult', description: 'Outcome of `createVolume`.' },
    },
    args: { input: t.arg({ type: createVolumeInput, required: true, description: 'The volume.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.createVolume(
        { idempotencyKey: input.idempotencyKey, ...readWantedVolume(input, 'input') },
        viewer,
      ),
  }),
)
