import {
  HasDependentsError,
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
  VolumeAttachedError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from './volume.ts'

const deleteVolumeInput = builder.inputType('DeleteVolumeInput', {
  description: 'Which volume to delete.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    cascade: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Lets its snapshots go with it. Clones that were made from them stay, and the snapshots linger on the cluster until those are gone.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Lets hosts that have it lose it. A host that has it open sees its writes fail.',
    }),
  }),
})

const deleteVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation }>('DeleteVolumePayload')
  .implement({
    description: 'The deletion is stored; a worker carries it out next.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The volume, DELETING.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has said that the volume is gone.',
      }),
    }),
  })

builder.mutationField('deleteVolume', (t) =>
  t.field({
    type: deleteVolumePayload,
    description:
      'Deletes a volume and what is on it, for good. One with snapshots is refused with their list unless `cascade` is set, and so is one that was adopted until an inventory has looked for some; one that hosts have unless `force` is set.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        HasDependentsError,
        VolumeAttachedError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DeleteVolumeResult', description: 'Outcome of `deleteVolume`.' },
    },
    args: { input: t.arg({ type: deleteVolumeInput, required: true, description: 'The volume.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.deleteVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          cascade: input.cascade,
          force: input.force,
        },
        viewer,
      ),
  }),
)
