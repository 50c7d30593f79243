import {
  IdempotencyConflictError,
  InvalidInputError,
  NameTakenError,
  NotFoundError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import type { ChangedSchedule } from '@flotilla/core/ports/schedule-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { optionalKey } from '../operations/optional-key.ts'
import { readRecurrence, recurrenceInput } from './recurrence.ts'
import { snapshotSchedule } from './snapshot-schedule.ts'

const updateSnapshotScheduleInput = builder.inputType('UpdateSnapshotScheduleInput', {
  description: 'What to change of a schedule. Fields that are absent stay as they are.',
  fields: (t) => ({
    ...optionalKey(t),
    id: t.id({ required: true, description: 'Id of the schedule.' }),
    expectedRevision: t.int({
      description: 'The revision that was read; another one by now is a conflict. Absent: whatever it is.',
    }),
    name: t.string({ description: 'Names of snapshots to come begin with it.' }),
    recurrence: t.field({
      type: recurrenceInput,
      description: 'The whole of it. It begins anew from now; a run that still waits is dropped.',
    }),
    keepCount: t.int({
      description:
        'How many AVAILABLE ones to keep, 1 to 1000; what is more goes at once. Null takes the limit away, where `retentionSeconds` is another.',
    }),
    retentionSeconds: t.int({
      description:
        'Of snapshots to come; those that are there keep theirs. Null takes the limit away, where `keepCount` is another.',
    }),
    labels: t.field({ type: [labelInput], description: 'All labels of snapshots to come.' }),
    paused: t.boolean({
      description: 'Whether to take nothing for now. After a pause it begins anew: nothing is made up.',
    }),
  }),
})

const updateSnapshotSchedulePayload = builder
  .objectRef<ChangedSchedule>('UpdateSnapshotSchedulePayload')
  .implement({
    description: 'The change is stored.',
    fields: (t) => ({
      snapshotSchedule: t.expose('schedule', { type: snapshotSchedule, description: 'The schedule.' }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('updateSnapshotSchedule', (t) =>
  t.field({
    type: updateSnapshotSchedulePayload,
    description: 'Changes when snapshots are taken, how many are kept, or pauses that.',
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        NameTakenError,
        RevisionConflictError,
        IdempotencyConflictError,
      ],
      union: { name: 'UpdateSnapshotScheduleResult', description: 'Outcome of `updateSnapshotSchedule`.' },
    },
    args: {
      input: t.arg({ type: updateSnapshotScheduleInput, required: true, description: 'The change.' }),
    },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.updateSnapshotSchedule(
        {
          idempotencyKey: input.idempotencyKey ?? undefined,
          id: readId('SnapshotSchedule', input.id, 'input.id'),
          expectedRevision: input.expectedRevision ?? undefined,
          name: input.name ?? undefined,
          recurrence: input.recurrence ? readRecurrence(input.recurrence) : undefined,
          keepCount: input.keepCount,
          retentionSeconds: input.retentionSeconds,
          labels: input.labels ? readLabels(input.labels) : undefined,
          paused: input.paused ?? undefined,
        },
        viewer,
      ),
  }),
)
