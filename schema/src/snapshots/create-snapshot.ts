import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NotFoundError,
} from '@flotilla/core/errors'
import type { ChangedSnapshot } from '@flotilla/core/ports/snapshot-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { snapshot } from './snapshot.ts'

const createSnapshotInput = builder.inputType('CreateSnapshotInput', {
  description: 'Which volume to keep as it is now.',
  fields: (t) => ({
    ...requiredKey(t),
    volumeId: t.id({ required: true, description: 'Id of the volume, which must be AVAILABLE.' }),
    name: t.string({
      required: true,
      description: 'Unique among the snapshots that the volume has.',
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels, each key once.',
    }),
    retentionSeconds: t.int({
      description: 'It goes by itself so many seconds after its cluster has it; kept for ever when absent.',
    }),
  }),
})

const createSnapshotPayload = builder.objectRef<ChangedSnapshot>('CreateSnapshotPayload').implement({
  description: 'The snapshot is stored; a worker asks the cluster for it next.',
  fields: (t) => ({
    snapshot: t.expose('snapshot', { type: snapshot, description: 'The new snapshot, CREATING.' }),
    operation: t.expose('operation', {
      type: operation,
      description: 'Succeeds when the cluster has taken it.',
    }),
  }),
})

builder.mutationField('createSnapshot', (t) =>
  t.field({
    type: createSnapshotPayload,
    description: 'Keeps what a volume holds now. The moment is when the cluster takes it.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, NameTakenError, IdempotencyConflictError],
      union: { name: 'CreateSnapshotResult', description: 'Outcome of `createSnapshot`.' },
    },
    args: { input: t.arg({ type: createSnapshotInput, required: true, description: 'The snapshot.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.createSnapshot(
        {
          idempotencyKey: input.idempotencyKey,
          volumeId: readId('Volume', input.volumeId, 'input.volumeId'),
          name: input.name,
          labels: readLabels(input.labels),
          retentionSeconds: input.retentionSeconds ?? undefined,
        },
        viewer,
      ),
  }),
)
