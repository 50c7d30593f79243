import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NoFeasibleClusterError,
  NotFoundError,
  OverloadedError,
  RevisionConflictError,
  WouldShrinkError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from './volume.ts'

const resizeVolumeInput = builder.inputType('ResizeVolumeInput', {
  description: 'Which volume to make larger, and how large.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume.' }),
    sizeBytes: t.field({
      type: 'Bytes',
      required: true,
      description:
        'New logical size in bytes, at most 1 EiB: more than the present one, or that one where others have made the volume smaller.',
    }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const resizeVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation }>('ResizeVolumePayload')
  .implement({
    description: 'The difference is reserved on the cluster; a worker resizes it next.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The volume with its new wanted size.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has resized it.',
      }),
    }),
  })

builder.mutationField('resizeVolume', (t) =>
  t.field({
    type: resizeVolumePayload,
    description: 'Makes a volume larger where it is; `updateVolume` can make it smaller, too.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        WouldShrinkError,
        RevisionConflictError,
        IdempotencyConflictError,
        NoFeasibleClusterError,
        OverloadedError,
      ],
      union: { name: 'ResizeVolumeResult', description: 'Outcome of `resizeVolume`.' },
    },
    args: { input: t.arg({ type: resizeVolumeInput, required: true, description: 'The new size.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updateVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          sizeBytes: input.sizeBytes,
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
