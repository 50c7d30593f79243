import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { Host } from '@flotilla/core/hosts/host'
import type { Operation, OperationAttempt, OperationError } from '@flotilla/core/operations/operation'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { host } from '../hosts/host.ts'
import { isNode } from '../identity/is-node.ts'
import { readId } from '../identity/parse-node-id.ts'
import { snapshotSchedule } from '../schedules/snapshot-schedule.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'

export const operationKind = builder.enumType('OperationKind', {
  description: 'What was asked for.',
  values: {
    REGISTER_CLUSTER: { description: 'To take a cluster into the fleet: reach it and pin its identity.' },
    UPDATE_CLUSTER: {
      description: 'To change what is wanted of a cluster, or how it is reached.',
    },
    DETACH_CLUSTER: { description: 'To let a cluster go from the fleet, touching nothing on it.' },
    REFRESH_CLUSTER: { description: 'To poll a cluster soon, inventory included.' },
    DRAIN_CLUSTER: { description: 'To empty a cluster; done when nothing of ours is left on it.' },
    CREATE_VOLUME: { description: 'To create a volume on the chosen cluster.' },
    RESIZE_VOLUME: { description: 'To make a volume larger or smaller.' },
    UPDATE_VOLUME: { description: 'To change the name or other properties of a volume.' },
    RESTORE_VOLUME: { description: 'To put a volume back to one of its snapshots.' },
    ATTACH_VOLUME: { description: 'To let hosts read and write a volume.' },
    DETACH_VOLUME: { description: 'To take a volume from hosts.' },
    DELETE_VOLUME: { description: 'To delete a volume.' },
    CREATE_SNAPSHOT: { description: 'To take a snapshot of a volume.' },
    DELETE_SNAPSHOT: { description: 'To delete a snapshot.' },
    CREATE_SNAPSHOT_SCHEDULE: { description: 'To have snapshots of a volume taken by themselves.' },
    UPDATE_SNAPSHOT_SCHEDULE: { description: 'To change a schedule of snapshots.' },
    DELETE_SNAPSHOT_SCHEDULE: { description: 'To take no more snapshots by a schedule.' },
    REGISTER_HOST: { description: 'To make a host known, so that volumes can be attached to it.' },
    UPDATE_HOST: { description: 'To change the name or the addresses of a host.' },
    DELETE_HOST: { description: 'To delete a host.' },
    CREATE_POLICY: { description: 'To make a policy that requests may name.' },
    UPDATE_POLICY: { description: 'To make the next revision of a policy.' },
    DELETE_POLICY: { description: 'To take a policy out of use.' },
    SET_SHADOW_POLICY: { description: 'To let another policy decide beside one, or none.' },
    ROTATE_SERVICE_KEY: { description: 'To make the next key that we sign with.' },
    RETIRE_SERVICE_KEY: { description: 'To destroy a former key that we signed with.' },
    ADOPT_VOLUMES: {
      description:
        'To take volumes under management that clusters have already; `children` has one operation for each.',
    },
    ADOPT_VOLUME: {
      description: 'To take one of them under management; refused, its `error` names the finding.',
    },
    IGNORE_FINDING: { description: 'To leave a finding alone for a time.' },
    REVERT_VOLUME: { description: 'To put back what somebody has changed of a volume, as its policy says.' },
    RECREATE_VOLUME: { description: 'To create a volume anew that its cluster has lost.' },
    FORGET_VOLUME: { description: 'To delete a lost volume from the records.' },
    CANCEL_OPERATION: { description: 'To end another operation before it was carried out.' },
    CREATE_VOLUMES: { description: 'To create many volumes; `children` has one operation for each.' },
    UPDATE_VOLUMES: { description: 'To change many volumes; `children` has one operation for each.' },
    DELETE_VOLUMES: { description: 'To delete many volumes; `children` has one operation for each.' },
    ATTACH_VOLUMES: { description: 'To attach many volumes; `children` has one operation for each.' },
    DETACH_VOLUMES: { description: 'To detach many volumes; `children` has one operation for each.' },
    CREATE_SNAPSHOTS: {
      description: 'To take a snapshot of each of many volumes; `children` has one operation for each.',
    },
  },
})

export const operationState = builder.enumType('OperationState', {
  description: 'How far an operation is.',
  values: {
    PENDING: { description: 'Recorded, not yet begun.' },
    RUNNING: { description: 'Begun; attempts go on until there is a definite answer.' },
    SUCCEEDED: { description: 'Done.' },
    PARTIAL: {
      description: 'Of its items some were carried out and others were not; `counts` says how many.',
    },
    FAILED: { description: 'Definitely refused; `error` says why.' },
    CANCELLED: { description: 'Cancelled, or made needless by a later one; `error` says by what.' },
  },
})

const operationError = builder.objectRef<OperationError>('OperationError').implement({
  description: 'Why an attempt or an operation failed.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'For programs, for example DNS, TLS, UNAUTHORIZED, UNSUPPORTED_VERSION, DUPLICATE_CLUSTER, NO_SPACE, TIMEOUT. Drivers may add more.',
    }),
    message: t.exposeString('message', { description: 'For people.' }),
  }),
})

const operationAttempt = builder.objectRef<OperationAttempt>('OperationAttempt').implement({
  description: 'One try at carrying out an operation.',
  fields: (t) => ({
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', description: 'When it ended.' }),
    error: t.expose('error', {
      type: operationError,
      nullable: true,
      description: 'Why it failed; null when it did not.',
    }),
  }),
})

const operationTarget = builder.unionType('OperationTarget', {
  description: 'What an operation works on.',
  types: [cluster, volume, snapshot, host, snapshotSchedule],
})

export const operation = builder.node(builder.objectRef<Operation>('Operation'), {
  id: { resolve: ({ id }) => id, description: 'Begins with `op_`.' },
  description: 'A durable record of work asked for, its attempts and its outcome.',
  isTypeOf: isNode('Operation'),
  loadManyWithoutCache: (ids, { loaders }) =>
    ids.map((id) => loaders.operation.load(readId('Operation', id, 'id'))),
  fields: (t) => ({
    kind: t.expose('kind', { type: operationKind, description: 'What was asked for.' }),
    state: t.expose('state', { type: operationState, description: 'How far it is.' }),
    target: t.field({
      type: operationTarget,
      nullable: true,
      description: 'What it works on; null when that never came to be.',
      resolve: (
        { clusterId, volumeId, snapshotId, hostId, scheduleId },
        _args,
        { loaders },
      ): Promise<Cluster | Volume | Snapshot | Host | SnapshotSchedule | null> | null => {
        if (volumeId) return loaders.volume.load(volumeId)
        if (snapshotId) return loaders.snapshot.load(snapshotId)
        if (hostId) return loaders.host.load(hostId)
        if (scheduleId) return loaders.snapshotSchedule.load(scheduleId)
        return clusterId && loaders.cluster.load(clusterId)
      },
    }),
    policyName: t.exposeString('policyName', {
      nullable: true,
      description: 'Name of the policy that it is about; null for one that is about none.',
    }),
    actor: t.exposeString('actor', { description: 'Name of the token that asked.' }),
    idempotencyKey: t.exposeString('idempotencyKey', {
      nullable: true,
      description: 'As the caller gave it; null when none was given.',
    }),
    progress: t.exposeString('progress', {
      nullable: true,
      description: 'What it is doing now, for people; null when there is nothing to tell.',
    }),
    attemptCount: t.exposeInt('attemptCount', { description: 'How many attempts have been made.' }),
    attempts: t.expose('attempts', {
      type: [operationAttempt],
      description: 'The newest attempts, newest first, at most 10.',
    }),
    error: t.expose('error', {
      type: operationError,
      nullable: true,
      description: 'Why it failed or was cancelled; null when neither.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the first attempt began; null before.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was decided; null before.',
    }),
  }),
})

builder.queryField('operation', (t) =>
  t.field({
    type: operation,
    nullable: true,
    description: 'One operation; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Id of the operation.' }) },
    resolve: (_root, { id }, { loaders }) => loaders.operation.load(readId('Operation', id, 'id')),
  }),
)
