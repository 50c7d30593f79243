import type {
  HeldSnapshots,
  ScheduleOutcome,
  ScheduleOutcomeKind,
  SnapshotSchedule,
} from '@flotilla/core/schedules/snapshot-schedule'
import { builder } from '../builder.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { label, listLabels } from '../labels/label.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'
import { recurrence } from './recurrence.ts'

const outcomeKind = builder.enumType('SnapshotScheduleOutcomeKind', {
  description: 'What became of a moment at which a snapshot was due.',
  values: {
    TAKEN: { description: 'A snapshot was recorded; its operation tells how that goes on.' },
    WAITING: {
      description:
        'The volume cannot be taken now. It is made up for as soon as it can, once, however many moments pass meanwhile.',
    },
    SKIPPED: { description: 'There will be no snapshot of that moment; the reason says why.' },
  } satisfies Record<ScheduleOutcomeKind, object>,
})

export const snapshotScheduleOutcome = builder
  .objectRef<ScheduleOutcome>('SnapshotScheduleOutcome')
  .implement({
    description: 'What became of the latest moment at which a snapshot was due.',
    fields: (t) => ({
      kind: t.expose('kind', { type: outcomeKind, description: 'Whether there is a snapshot of it.' }),
      dueAt: t.expose('dueAt', {
        type: 'DateTime',
        description: 'The moment that was due; of several that were missed the last one.',
      }),
      at: t.expose('at', { type: 'DateTime', description: 'When this was decided.' }),
      snapshot: t.field({
        type: snapshot,
        nullable: true,
        description: 'The snapshot; null unless it was TAKEN.',
        resolve: ({ snapshotId }, _args, { loaders }) => snapshotId && loaders.snapshot.load(snapshotId),
      }),
      reason: t.exposeString('reason', {
        nullable: true,
        description: 'Why there is no snapshot, for people; null when it was TAKEN.',
      }),
    }),
  })

const heldSnapshots = builder.objectRef<HeldSnapshots>('HeldSnapshots').implement({
  description: 'How many snapshots a schedule has on the cluster of its volume.',
  fields: (t) => ({
    available: t.exposeInt('available', {
      description: 'Snapshots that are AVAILABLE; these count against `keepCount`.',
    }),
    lingering: t.exposeInt('lingering', {
      description:
        'Snapshots that are deleted and kept by the cluster until their clones are gone; these do not count.',
    }),
  }),
})

export const snapshotSchedule = builder.node(builder.objectRef<SnapshotSchedule>('SnapshotSchedule'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `sch_`.' },
  description:
    'Has snapshots of a volume taken by themselves, and lets them go again. However many moments were missed, one snapshot makes up for them.',
  isTypeOf: isNode('SnapshotSchedule'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.snapshotSchedule.load(readId('SnapshotSchedule', id, 'id'))),
  fields: (t) => ({
    project: t.exposeString('project', { description: 'The tenant that owns it: that of its volume.' }),
    name: t.exposeString('name', {
      description:
        'Unique among the schedules of the volume. Its snapshots are named by it and the moment: `nightly-20261122T030000Z`.',
    }),
    labels: t.field({
      type: [label],
      description: 'Labels of its snapshots, by key.',
      resolve: ({ labels }) => listLabels(labels),
    }),
    volume: t.field({
      type: volume,
      description: 'The volume that it is of, deleted or not.',
      resolve: ({ volumeId }, _args, { loaders }) => existing(loaders.volume.load(volumeId), volumeId),
    }),
    recurrence: t.expose('recurrence', { type: recurrence, description: 'When snapshots are taken.' }),
    keepCount: t.exposeInt('keepCount', {
      nullable: true,
      description:
        'How many AVAILABLE ones are kept: with the next one the oldest goes. Null when only time limits them.',
    }),
    retentionSeconds: t.exposeInt('retentionSeconds', {
      nullable: true,
      description:
        'How long each is kept once it is there, in seconds; null when only their number limits them.',
    }),
    isPaused: t.exposeBoolean('isPaused', {
      description: 'Whether nothing is taken for now. What is there is kept as it was.',
    }),
    nextRunAt: t.expose('nextRunAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'The moment that is due next, past while a run waits for the volume; null when it is paused or deleted.',
    }),
    lastRunAt: t.expose('lastRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its latest snapshot was recorded; null before the first.',
    }),
    lastOutcome: t.expose('lastOutcome', {
      type: snapshotScheduleOutcome,
      nullable: true,
      description: 'What became of the latest moment that was due; null before the first.',
    }),
    held: t.field({
      type: heldSnapshots,
      description: 'How many snapshots it has.',
      resolve: ({ id }, _args, { loaders }) => loaders.heldSnapshots.load(id),
    }),
    revision: t.exposeInt('revision', {
      description: 'Grows with each change of what is wanted; for `expectedRevision`.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When what is wanted last changed; runs do not count.',
    }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was deleted, or went with its volume; null before.',
    }),
  }),
})

builder.queryField('snapshotSchedule', (t) =>
  t.field({
    type: snapshotSchedule,
    nullable: true,
    description: 'One schedule, deleted or not; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the schedule.' }) },
    resolve: (_root, { id }, { loaders }) =>
      loaders.snapshotSchedule.load(readId('SnapshotSchedule', id, 'id')),
  }),
)

builder.objectField(snapshot, 'schedule', (t) =>
  t.field({
    type: snapshotSchedule,
    nullable: true,
    description: 'The schedule that it was taken by, deleted or not; null when somebody asked for it.',
    resolve: ({ scheduleId }, _args, { loaders }) => scheduleId && loaders.snapshotSchedule.load(scheduleId),
  }),
)
