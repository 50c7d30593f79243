import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
  VolumeAttachedError,
} from '@flotilla/core/errors'
import type { AttachedVolume } from '@flotilla/core/ports/host-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from '../volumes/volume.ts'
import { attachmentMode } from './attachment.ts'

const attachVolumeInput = builder.inputType('AttachVolumeInput', {
  description: 'Which volume to attach, and to which hosts.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume, which must be AVAILABLE.' }),
    hostIds: t.idList({
      required: true,
      description: 'Ids of the hosts, 1 to 100; one for an EXCLUSIVE attachment.',
    }),
    mode: t.field({
      type: attachmentMode,
      required: true,
      defaultValue: 'EXCLUSIVE',
      description: 'Whether it is for this host alone. SHARED has to be asked for.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Lets hosts lose it that the cluster admits without an attachment here, every host where it admits all. A host that has it open sees its writes fail.',
    }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const attachVolumePayload = builder.objectRef<AttachedVolume>('AttachVolumePayload').implement({
  description: 'The attachment is stored; a worker asks the cluster to admit the hosts next.',
  fields: (t) => ({
    volume: t.expose('volume', { type: volume, description: 'The volume, UPDATING.' }),
    operation: t.expose('operation', {
      type: operation,
      description:
        'Succeeds when the cluster admits the hosts; at once when it does already. Then `connection` tells them the way.',
    }),
  }),
})

builder.mutationField('attachVolume', (t) =>
  t.field({
    type: attachVolumePayload,
    description:
      'Lets hosts read and write a volume. Hosts that have it already keep it, where all share it; otherwise it is refused with their list.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        VolumeAttachedError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'AttachVolumeResult', description: 'Outcome of `attachVolume`.' },
    },
    args: { input: t.arg({ type: attachVolumeInput, required: true, description: 'The attachment.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.attachVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          hostIds: input.hostIds.map((id, index) => readId('Host', id, `input.hostIds.${index}`)),
          mode: input.mode,
          force: input.force || undefined,
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
