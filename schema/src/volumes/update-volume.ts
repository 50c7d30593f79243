import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
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
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from './volume.ts'

const updateVolumeInput = builder.inputType('UpdateVolumeInput', {
  description: 'What to change of a volume. Fields that are absent stay as they are.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    name: t.string({
      description: 'New name, unique in its project. It is ours alone, so no cluster is asked.',
    }),
    labels: t.field({ type: [labelInput], description: 'All its labels from now on, each key once.' }),
    compression: t.boolean({
      description: 'Whether its cluster shall compress it; holds for what is written from then on.',
    }),
    qosPolicy: t.string({
      description:
        "Name of a QoS policy of its cluster; null takes it away, and the cluster's default holds.",
    }),
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'New logical size in bytes, at most 1 EiB. A smaller one needs `force`.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Lets `sizeBytes` be smaller than the present size: whatever is stored beyond the new end is lost for good. Refused while a snapshot of the volume is yet to be taken.',
    }),
  }),
})

const updateVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation }>('UpdateVolumePayload')
  .implement({
    description:
      'The change is stored, and growth reserved; a worker asks the cluster next, where it has to.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The volume as it is wanted.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has what is wanted; at once where it need not be asked.',
      }),
    }),
  })

builder.mutationField('updateVolume', (t) =>
  t.field({
    type: updateVolumePayload,
    description:
      'Changes name, labels, compression, QoS policy or size of a volume where it is. Its cluster is asked even for what is on record already, so that what others have changed there is put right. What it refuses is put back to what it was, and the operation says why.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        WouldShrinkError,
        NameTakenError,
        RevisionConflictError,
        IdempotencyConflictError,
        NoFeasibleClusterError,
        OverloadedError,
      ],
      union: { name: 'UpdateVolumeResult', description: 'Outcome of `updateVolume`.' },
    },
    args: { input: t.arg({ type: updateVolumeInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updateVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          name: input.name ?? undefined,
          labels: input.labels ? readLabels(input.labels) : undefined,
          compression: input.compression ?? undefined,
          qosPolicy: input.qosPolicy,
          sizeBytes: input.sizeBytes ?? undefined,
          force: input.force,
        },
        viewer,
      ),
  }),
)
