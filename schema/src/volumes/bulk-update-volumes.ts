import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  TooManyItemsError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { bulkInputFields, readBulkInput } from './bulk-input.ts'
import { bulkPayload } from './bulk-payload.ts'

const bulkUpdateVolumesInput = builder.inputType('BulkUpdateVolumesInput', {
  description: 'What to change of many volumes. Fields that are absent stay as they are.',
  fields: (t) => ({
    ...bulkInputFields(t),
    labels: t.field({ type: [labelInput], description: 'All labels of each from now on, each key once.' }),
    compression: t.boolean({ description: 'As in `updateVolume`.' }),
    qosPolicy: t.string({
      description: 'Name of a QoS policy that each cluster has, or null, as in `updateVolume`.',
    }),
    sizeBytes: t.field({
      type: 'Bytes',
      description: 'New logical size of each, in bytes. Not with `growBytes`.',
    }),
    growBytes: t.field({
      type: 'Bytes',
      description: 'How many bytes each is to grow by, from the size that it has when this is asked.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Lets `sizeBytes` be smaller than a present size, as in `updateVolume`. It has no meaning for `growBytes`: a volume that has become larger than it was to grow to is refused with WOULD_SHRINK.',
    }),
  }),
})

builder.mutationField('bulkUpdateVolumes', (t) =>
  t.field({
    type: bulkPayload,
    description: 'Changes many volumes where they are. Each has an outcome of its own.',
    errors: {
      types: [InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError],
      union: { name: 'BulkUpdateVolumesResult', description: 'Outcome of `bulkUpdateVolumes`.' },
    },
    args: { input: t.arg({ type: bulkUpdateVolumesInput, required: true, description: 'The change.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkUpdateVolumes(
        {
          ...readBulkInput(input),
          labels: input.labels ? readLabels(input.labels) : undefined,
          compression: input.compression ?? undefined,
          qosPolicy: input.qosPolicy,
          sizeBytes: input.sizeBytes ?? undefined,
          growBytes: input.growBytes ?? undefined,
          force: input.force,
        },
        viewer,
      ),
  }),
)
