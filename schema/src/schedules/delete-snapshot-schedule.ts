import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { ChangedSchedule } from '@flotilla/core/ports/schedule-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { requiredKey } from '../operations/required-key.ts'
import { snapshotSchedule } from './snapshot-schedule.ts'

const deleteSnapshotScheduleInput = builder.inputType('DeleteSnapshotScheduleInput', {
  description: 'Which schedule to delete.',
  fields: (t) => ({
    ...requiredKey(t),
    id: t.id({ required: true, description: 'Id of the schedule.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    deleteSnapshots: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Whether its snapshots go with it. Otherwise they stay: those with a time of their own until it is over, the others until somebody deletes them.',
    }),
  }),
})

const deleteSnapshotSchedulePayload = builder
  .objectRef<ChangedSchedule>('DeleteSnapshotSchedulePayload')
  .implement({
    description: 'The schedule is deleted. Snapshots that go with it have an operation each.',
    fields: (t) => ({
      snapshotSchedule: t.expose('schedule', {
        type: snapshotSchedule,
        description: 'The schedule as it was last.',
      }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('deleteSnapshotSchedule', (t) =>
  t.field({
    type: deleteSnapshotSchedulePayload,
    description:
      'Takes no more snapshots. One that was deleted before is a success, whether or not its snapshots went with it. Refused with nothing done while a snapshot that should go with it is being read from.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        InvalidStateError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'DeleteSnapshotScheduleResult', description: 'Outcome of `deleteSnapshotSchedule`.' },
    },
    args: {
      input: t.arg({ type: deleteSnapshotScheduleInput, required: true, description: 'The schedule.' }),
    },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.deleteSnapshotSchedule(
        {
          idempotencyKey: input.idempotencyKey,
          id: readId('SnapshotSchedule', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          deleteSnapshots: input.deleteSnapshots,
        },
        viewer,
      ),
  }),
)
