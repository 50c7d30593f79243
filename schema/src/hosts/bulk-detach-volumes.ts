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

const bulkDetachVolumesInput = builder.inputType('BulkDetachVolumesInput', {
  description: 'Which volumes to detach, and from which hosts.',
  fields: (t) => ({
    ...bulkInputFields(t),
    hostIds: t.idList({ description: 'Ids of the hosts, 1 to 100; all that have each volume when absent.' }),
    force: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Takes them from hosts as well that only the cluster admits, as in `detachVolume`.',
    }),
  }),
})

builder.mutationField('bulkDetachVolumes', (t) =>
  t.field({
    type: bulkPayload,
    description:
      'Takes many volumes from hosts, as before the hosts go. Each has an outcome of its own. Unmount and disconnect on the hosts before.',
    errors: {
      types: [InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError],
      union: { name: 'BulkDetachVolumesResult', description: 'Outcome of `bulkDetachVolumes`.' },
    },
    args: { input: t.arg({ type: bulkDetachVolumesInput, required: true, description: 'The detachments.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkDetachVolumes(
        {
          ...readBulkInput(input),
          hostIds: input.hostIds?.map((id, index) => readId('Host', id, `input.hostIds.${index}`)),
          force: input.force,
        },
        viewer,
      ),
  }),
)
