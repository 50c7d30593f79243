import { IdempotencyConflictError, InvalidInputError } from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import { MAX_BULK_CREATED } from '@flotilla/core/ports/operation-commands'
import { builder } from '../builder.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { readWantedVolume, wantedVolumeFields } from './wanted-volume.ts'

const bulkVolumeInput = builder.inputType('BulkVolumeInput', {
  description: 'One of many volumes that are needed, as in `createVolume`.',
  fields: wantedVolumeFields,
})

const bulkCreateVolumesInput = builder.inputType('BulkCreateVolumesInput', {
  description: 'Which volumes are needed.',
  fields: (t) => ({
    ...requiredKey(t),
    volumes: t.field({
      type: [bulkVolumeInput],
      required: true,
      description: `1 to ${MAX_BULK_CREATED} volumes.`,
    }),
  }),
})

const bulkCreateVolumesPayload = builder
  .objectRef<{ operation: Operation }>('BulkCreateVolumesPayload')
  .implement({
    description: 'All volumes are on record and are placed next, many together.',
    fields: (t) => ({
      operation: t.expose('operation', {
        type: operation,
        description: 'The operation; each of its `children` has a volume, or says why not.',
      }),
    }),
  })

builder.mutationField('bulkCreateVolumes', (t) =>
  t.field({
    type: bulkCreateVolumesPayload,
    description:
      'Creates many volumes. Each is placed by its policy and has an outcome of its own; `previewPlacement` tells beforehand where they would go.',
    errors: {
      types: [InvalidInputError, IdempotencyConflictError],
      union: { name: 'BulkCreateVolumesResult', description: 'Outcome of `bulkCreateVolumes`.' },
    },
    args: { input: t.arg({ type: bulkCreateVolumesInput, required: true, description: 'The volumes.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkCreateVolumes(
        {
          idempotencyKey: input.idempotencyKey,
          volumes: input.volumes.map((each, index) => readWantedVolume(each, `input.volumes.${index}`)),
        },
        viewer,
      ),
  }),
)
