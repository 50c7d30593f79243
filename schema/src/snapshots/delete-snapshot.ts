import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { ChangedSnapshot } from '@flotilla/core/ports/snapshot-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { snapshot } from './snapshot.ts'

const deleteSnapshotInput = builder.inputType('DeleteSnapshotInput', {
  description: 'Which snapshot to delete.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the snapshot.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const deleteSnapshotPayload = builder.objectRef<ChangedSnapshot>('DeleteSnapshotPayload').implement({
  description: 'The deletion is stored; a worker carries it out next.',
  fields: (t) => ({
    snapshot: t.expose('snapshot', { type: snapshot, description: 'The snapshot, DELETING.' }),
    operation: t.expose('operation', {
      type: operation,
      description:
        'Succeeds when the cluster has said that it is gone; while clones keep it, `progress` says so.',
    }),
  }),
})

builder.mutationField('deleteSnapshot', (t) =>
  t.field({
    type: deleteSnapshotPayload,
    description:
      'Deletes a snapshot, for good. Clones that were made from it stay as they are, and it lingers on its cluster until the last of them is gone.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DeleteSnapshotResult', description: 'Outcome of `deleteSnapshot`.' },
    },
    args: { input: t.arg({ type: deleteSnapshotInput, required: true, description: 'The snapshot.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.deleteSnapshot(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Snapshot', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
