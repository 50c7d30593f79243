import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  TooManyItemsError,
} from '@flotilla/core/errors'
import { builder } from '../builder.ts'
import { bulkInputFields, readBulkInput } from './bulk-input.ts'
import { bulkPayload } from './bulk-payload.ts'

const bulkDeleteVolumesInput = builder.inputType('BulkDeleteVolumesInput', {
  description: 'Which volumes to delete.',
  fields: (t) => ({
    ...bulkInputFields(t),
    cascade: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Lets their snapshots go with them, as in `deleteVolume`.',
    }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Lets hosts that have them lose them, as in `deleteVolume`.',
    }),
  }),
})

builder.mutationField('bulkDeleteVolumes', (t) =>
  t.field({
    type: bulkPayload,
    description:
      'Deletes many volumes and what is on them, for good. Each has an outcome of its own: what is refused for one leaves the others alone.',
    errors: {
      types: [InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError],
      union: { name: 'BulkDeleteVolumesResult', description: 'Outcome of `bulkDeleteVolumes`.' },
    },
    args: { input: t.arg({ type: bulkDeleteVolumesInput, required: true, description: 'The volumes.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkDeleteVolumes(
        { ...readBulkInput(input), cascade: input.cascade, force: input.force },
        viewer,
      ),
  }),
)
