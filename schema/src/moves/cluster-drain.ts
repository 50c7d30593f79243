import {
  type ClusterDrain,
  type DrainStep,
  drainSteps,
  type HeldTotals,
} from '@flotilla/core/clusters/cluster-drain'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { clusterAdminState } from '../clusters/cluster-enums.ts'
import { existing } from '../identity/existing.ts'
import { operation } from '../operations/operation.ts'

const drainStepName = builder.enumType('DrainStepName', {
  description: 'What emptying a cluster consists of.',
  values: {
    STOP_PLACEMENTS: { description: 'No new volumes come.' },
    MOVE_VOLUMES: { description: 'Its volumes are moved as the plan says, or deleted.' },
    DELETE_SNAPSHOTS: { description: 'Its snapshots are deleted; they cannot go to another cluster.' },
  },
})

const drainStep = builder.objectRef<DrainStep>('DrainStep').implement({
  description: 'One part of emptying a cluster.',
  fields: (t) => ({
    name: t.expose('name', { type: drainStepName, description: 'Which part.' }),
    isDone: t.exposeBoolean('isDone', { description: 'Whether nothing of it is left.' }),
    progress: t.exposeString('progress', { description: 'How far it is, for people.' }),
  }),
})

const heldTotals = builder.objectRef<HeldTotals>('HeldTotals').implement({
  description: 'What of ours a cluster holds.',
  fields: (t) => ({
    volumeCount: t.exposeInt('volumeCount', {
      description: 'Volumes, those that are being deleted included.',
    }),
    snapshotCount: t.exposeInt('snapshotCount', { description: 'Snapshots, lingering ones included.' }),
    promisedBytes: t.expose('bytes', {
      type: 'Bytes',
      description: 'Size x replicas of the volumes, in bytes.',
    }),
  }),
})

const clusterDrain = builder.objectRef<ClusterDrain>('ClusterDrain').implement({
  description: 'The emptying of a cluster. It ends by itself when nothing of ours is left.',
  fields: (t) => ({
    operation: t.field({
      type: operation,
      description: 'Its record: RUNNING while it goes on, SUCCEEDED when the cluster is empty.',
      resolve: ({ operationId }, _args, { loaders }) =>
        existing(loaders.operation.load(operationId), operationId),
    }),
    formerAdminState: t.expose('formerAdminState', {
      type: clusterAdminState,
      description: 'What the cluster goes back to when the drain is cancelled.',
    }),
    total: t.expose('total', { type: heldTotals, description: 'What was there when it began.' }),
    left: t.expose('left', { type: heldTotals, description: 'What is still there, as last counted.' }),
    steps: t.field({ type: [drainStep], description: 'How far each part is.', resolve: drainSteps }),
    countedAt: t.expose('countedAt', { type: 'DateTime', description: 'When `left` last changed.' }),
  }),
})

builder.objectField(cluster, 'drain', (t) =>
  t.field({
    type: clusterDrain,
    nullable: true,
    description: 'The latest drain of it, going on or not; null when there has been none.',
    resolve: ({ id }, _args, { loaders }) => loaders.drain.load(id),
  }),
)
