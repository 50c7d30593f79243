import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  TooManyItemsError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { bulkInputFields, readBulkInput } from '../volumes/bulk-input.ts'
import { bulkPayload } from '../volumes/bulk-payload.ts'
import { attachmentMode } from './attachment.ts'

const bulkAttachVolumesInput = builder.inputType('BulkAttachVolumesInput', {
  description: 'Which volumes to attach, and to which hosts.',
  fields: (t) => ({
    ...bulkInputFields(t),
    hostIds: t.idList({
      required: true,
      description: 'Ids of the hosts that each is attached to, 1 to 100; one for EXCLUSIVE attachments.',
    }),
    mode: t.field({
      type: attachmentMode,
      required: true,
      defaultValue: 'EXCLUSIVE',
      description: 'Whether each is for this host alone. SHARED has to be asked for.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Lets hosts lose them that only the cluster admits, as in `attachVolume`.',
    }),
  }),
})

builder.mutationField('bulkAttachVolumes', (t) =>
  t.field({
    type: bulkPayload,
    description: 'Lets hosts read and write many volumes. Each has an outcome of its own.',
    errors: {
      types: [InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError],
      union: { name: 'BulkAttachVolumesResult', description: 'Outcome of `bulkAttachVolumes`.' },
    },
    args: { input: t.arg({ type: bulkAttachVolumesInput, required: true, description: 'The attachments.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkAttachVolumes(
        {
          ...readBulkInput(input),
          hostIds: input.hostIds.map((id, index) => readId('Host', id, `input.hostIds.${index}`)),
          mode: input.mode,
          force: input.force,
        },
        viewer,
      ),
  }),
)
