import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { existing } from '../identity/existing.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { label, listLabels } from '../labels/label.ts'
import { volume } from '../volumes/volume.ts'

export const snapshotState = builder.enumType('SnapshotState', {
  description: 'Where a snapshot stands. What is under way will be finished, whatever crashes.',
  values: {
    CREATING: { description: 'Its cluster is being asked for it.' },
    AVAILABLE: { description: 'It exists.' },
    DELETING: { description: 'It is being removed from its cluster.' },
    LINGERING: {
      description:
        'It is deleted, and its cluster keeps it until the last clone that was made from it is gone.',
    },
    DELETED: { description: 'Its cluster has said that it is gone, or its time is over.' },
    FAILED: { description: 'It was given up; the latest operation says why.' },
    MISSING: { description: 'Its cluster no longer has it. Reported, never taken again.' },
    RELEASED: {
      description: 'Its cluster has left the fleet with it. It was not touched, and is no longer managed.',
    },
  },
})

const snapshotObservation = builder
  .objectRef<NonNullable<Snapshot['observed']>>('SnapshotObservation')
  .implement({
    description: 'How a cluster was last seen to hold one of our snapshots.',
    fields: (t) => ({
      state: t.exposeString('state', { description: 'Its state on the cluster.' }),
      observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When this was seen to begin.' }),
    }),
  })

export const snapshot = builder.node(builder.objectRef<Snapshot>('Snapshot'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `snp_`.' },
  description:
    'What a volume held at one moment. It stays on the cluster of its volume and takes nothing of what is promised there.',
  isTypeOf: isNode('Snapshot'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.snapshot.load(readId('Snapshot', id, 'id'))),
  fields: (t) => ({
    project: t.exposeString('project', { description: 'The tenant that owns it: that of its volume.' }),
    name: t.exposeString('name', { description: 'Unique among the snapshots that its volume has.' }),
    labels: t.field({
      type: [label],
      description: "The operator's labels, by key.",
      resolve: ({ labels }) => listLabels(labels),
    }),
    state: t.expose('state', { type: snapshotState, description: 'Where it stands.' }),
    volume: t.field({
      type: volume,
      description: 'The volume that it was taken of, deleted or not.',
      resolve: ({ volumeId }, _args, { loaders }) => existing(loaders.volume.load(volumeId), volumeId),
    }),
    cluster: t.field({
      type: cluster,
      description: 'The cluster that has it.',
      resolve: ({ clusterId }, _args, { loaders }) => existing(loaders.cluster.load(clusterId), clusterId),
    }),
    sizeBytes: t.expose('sizeBytes', {
      type: 'Bytes',
      description: 'Logical size of its volume at that moment, in bytes; a clone of it has at least this.',
    }),
    retentionSeconds: t.exposeInt('retentionSeconds', {
      nullable: true,
      description: 'How long it is kept once it is there, in seconds; null for ever.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it goes by itself, or as soon as nothing is made from it or put back to it any more; null for never, and until its cluster has it.',
    }),
    madeFor: t.field({
      type: volume,
      nullable: true,
      description: 'The clone that it was taken for only, to go when that is made; null for one of its own.',
      resolve: ({ madeForId }, _args, { loaders }) => madeForId && loaders.volume.load(madeForId),
    }),
    backendName: t.exposeString('backendName', {
      description: 'Its name on the cluster; follows from its id.',
    }),
    backendId: t.exposeString('backendId', {
      nullable: true,
      description: "The cluster's own UUID for it; null until the cluster has taken it.",
    }),
    observed: t.expose('observed', {
      type: snapshotObservation,
      nullable: true,
      description: 'How its cluster was last seen to hold it; null when it has it not, as far as was seen.',
    }),
    revision: t.exposeInt('revision', {
      description: 'Grows with each change of what is wanted; for `expectedRevision`.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When this record last changed.' }),
    deletedAt: t.expose('deletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was found to be gone; null before.',
    }),
  }),
})

builder.queryField('snapshot', (t) =>
  t.field({
    type: snapshot,
    nullable: true,
    description: 'One snapshot, deleted or not; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the snapshot.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.snapshot.load(readId('Snapshot', id, 'id')),
  }),
)
