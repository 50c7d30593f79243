import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
  VolumeAttachedError,
} from '@flotilla/core/errors'
import type { Operation } from '@flotilla/core/operations/operation'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { volume } from './volume.ts'

const restoreVolumeInput = builder.inputType('RestoreVolumeInput', {
  description: 'Which volume to put back, and to what.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the volume, which must be AVAILABLE.' }),
    snapshotId: t.id({
      required: true,
      description:
        'Id of an AVAILABLE snapshot of this volume, no larger than it is now, and not taken for a clone only.',
    }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
  }),
})

const restoreVolumePayload = builder
  .objectRef<{ volume: Volume; operation: Operation }>('RestoreVolumePayload')
  .implement({
    description:
      'The restore is stored; a worker asks the cluster next. Nobody should write to the volume until it is done.',
    fields: (t) => ({
      volume: t.expose('volume', { type: volume, description: 'The volume, RESTORING.' }),
      operation: t.expose('operation', {
        type: operation,
        description: 'Succeeds when the cluster has put it back.',
      }),
    }),
  })

builder.mutationField('restoreVolume', (t) =>
  t.field({
    type: restoreVolumePayload,
    description:
      'Puts a volume back to one of its snapshots, in place: what was written since is lost for good. It keeps its size, id and snapshots. Refused while hosts have it: they would go on with what they remember; and while a snapshot of it is yet to be taken: it would hold what the volume is put back to.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        VolumeAttachedError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'RestoreVolumeResult', description: 'Outcome of `restoreVolume`.' },
    },
    args: { input: t.arg({ type: restoreVolumeInput, required: true, description: 'The restore.' }) },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.restoreVolume(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('Volume', input.id, 'input.id'),
          snapshotId: readId('Snapshot', input.snapshotId, 'input.snapshotId'),
          expectedRevision: input.expectedRevision ?? undefined,
        },
        viewer,
      ),
  }),
)
