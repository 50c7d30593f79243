import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  NameTakenError,
  NotFoundError,
} from '@flotilla/core/errors'
import type { ChangedSchedule } from '@flotilla/core/ports/schedule-store'
import { builder } from '../builder.ts'
import { readId } from '../identity/parse-node-id.ts'
import { labelInput } from '../labels/label.ts'
import { readLabels } from '../labels/read-labels.ts'
import { operation } from '../operations/operation.ts'
import { readRecurrence, recurrenceInput } from './recurrence.ts'
import { snapshotSchedule } from './snapshot-schedule.ts'

const createSnapshotScheduleInput = builder.inputType('CreateSnapshotScheduleInput', {
  description:
    'Which volume to take snapshots of, when, and how many to keep: `keepCount`, `retentionSeconds` or both.',
  fields: (t) => ({
    idempotencyKey: t.string({
      required: true,
      description: 'Chosen by the caller: the same key and input answers with the schedule made then.',
    }),
    volumeId: t.id({
      required: true,
      description: 'Id of the volume. One that is still at work has its first snapshot when it is AVAILABLE.',
    }),
    name: t.string({
      required: true,
      description: 'Unique among the schedules of the volume, at most 236 characters.',
    }),
    recurrence: t.field({ type: recurrenceInput, required: true, description: 'When to take them.' }),
    keepCount: t.int({
      description: 'How many AVAILABLE ones to keep, 1 to 1000: with the next one the oldest goes.',
    }),
    retentionSeconds: t.int({
      description: 'Each goes by itself so many seconds after its cluster has it.',
    }),
    labels: t.field({
      type: [labelInput],
      required: true,
      defaultValue: [],
      description: 'Labels of its snapshots, each key once.',
    }),
    paused: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether to take nothing until it is changed.',
    }),
  }),
})

const createSnapshotSchedulePayload = builder
  .objectRef<ChangedSchedule>('CreateSnapshotSchedulePayload')
  .implement({
    description: 'The schedule is stored; workers do the rest.',
    fields: (t) => ({
      snapshotSchedule: t.expose('schedule', {
        type: snapshotSchedule,
        description: 'The new schedule; `nextRunAt` says when the first snapshot is due.',
      }),
      operation: t.expose('operation', { type: operation, description: 'What was asked for, done.' }),
    }),
  })

builder.mutationField('createSnapshotSchedule', (t) =>
  t.field({
    type: createSnapshotSchedulePayload,
    description: 'Has snapshots of a volume taken by themselves from now on.',
    errors: {
      types: [InvalidInputError, NotFoundError, InvalidStateError, NameTakenError, IdempotencyConflictError],
      union: { name: 'CreateSnapshotScheduleResult', description: 'Outcome of `createSnapshotSchedule`.' },
    },
    args: {
      input: t.arg({ type: createSnapshotScheduleInput, required: true, description: 'The schedule.' }),
    },
    resolve: (_root, { input }, { commands, viewer }) =>
      commands.createSnapshotSchedule(
        {
          idempotencyKey: input.idempotencyKey,
          volumeId: readId('Volume', input.volumeId, 'input.volumeId'),
          name: input.name,
          recurrence: readRecurrence(input.recurrence),
          keepCount: input.keepCount ?? undefined,
          retentionSeconds: input.retentionSeconds ?? undefined,
          labels: readLabels(input.labels),
          paused: input.paused,
        },
        viewer,
      ),
  }),
)
