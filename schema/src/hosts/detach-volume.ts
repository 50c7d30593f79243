import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { AttachedVolume } from '@flotilla/core/ports/host-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from '../volumes/volume.ts'

const detachVolumeInput = builder.inputType('DetachVolumeInput', {
  description: 'Which volume to detach, and from which hosts.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume, which must be AVAILABLE.' }),
    hostIds: t.idList({ description: 'Ids of the hosts, 1 to 100; all that have it when absent.' }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Takes it from hosts as well that the cluster admits without an attachment here, from every host where it admits all.',
    }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const detachVolumePayload = builder.objectRef<AttachedVolume>('DetachVolumePayload').implement({
  description:
    'The detachment is stored; a worker tells the cluster next. Unmount and disconnect on the host before.',
  fields: (t) => ({
    volume: t.expose('volume', { type: volume, description: 'The volume, UPDATING.' }),
    operation: t.expose('operation', {
      type: operation,
      description: 'Succeeds when the cluster no longer admits the hosts; at once when none had it.',
    }),
  }),
})

builder.mutationField('detachVolume', (t) =>
  t.field({
    type: detachVolumePayload,
    description: 'Takes a volume from hosts. A host that does not have it is no fault.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DetachVolumeResult', description: 'Outcome of `detachVolume`.' },
    },
    args: { input: t.arg({ type: detachVolumeInput, required: true, description: 'The detachment.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.detachVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          hostIds: input.hostIds?.map((id, index) => readId('Host', id, `input.hostIds.${index}`)),
          force: input.force || undefined,
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
