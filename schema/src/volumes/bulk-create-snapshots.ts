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

const bulkCreateSnapshotsInput = builder.inputType('BulkCreateSnapshotsInput', {
  description: 'Which volumes to take a snapshot of. They are not taken at one moment.',
  fields: (t) => ({
    ...bulkInputFields(t),
    name: t.string({
      required: true,
      description: 'Name of each: unique among the snapshots of its volume.',
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels of each, each key once.',
    }),
    retentionSeconds: t.int({
      description: 'How long each is kept once it is there, 1 second to ten years; for ever when absent.',
    }),
  }),
})

builder.mutationField('bulkCreateSnapshots', (t) =>
  t.field({
    type: bulkPayload,
    description: 'Takes a snapshot of each of many volumes. Each has an outcome of its own.',
    errors: {
      types: [InvalidInputError, NotFoundError, TooManyItemsError, IdempotencyConflictError],
      union: { name: 'BulkCreateSnapshotsResult', description: 'Outcome of `bulkCreateSnapshots`.' },
    },
    args: { input: t.arg({ type: bulkCreateSnapshotsInput, required: true, description: 'The snapshots.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.bulkCreateSnapshots(
        {
          ...readBulkInput(input),
          name: input.name,
          labels: readLabels(input.labels),
          retentionSeconds: input.retentionSeconds ?? undefined,
        },
        viewer,
      ),
  }),
)
