import type { Alert } from '@flotilla/core/alerts/alert'
import type { Cluster } from '@flotilla/core/clusters/cluster'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Operation } from '@flotilla/core/operations/operation'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import { alert } from '../alerts/alert.ts'
import { builder } from '../builder.ts'
import { cluster } from '../clusters/cluster.ts'
import { fleet } from '../fleet/fleet.ts'
import { FLEET_ID } from '../identity/parse-node-id.ts'
import { operation } from '../operations/operation.ts'
import { ALL_CLUSTERS } from '../paging/weights.ts'
import { snapshotSchedule } from '../schedules/snapshot-schedule.ts'
import { snapshot } from '../snapshots/snapshot.ts'
import { volume } from '../volumes/volume.ts'

interface Members {
  FleetSnapshot: { readonly cursor: string; readonly clusters: readonly Cluster[] }
  ClusterChanged: { readonly cursor: string; readonly cluster: Cluster }
  ClusterDetached: { readonly cursor: string; readonly clusterId: ClusterId }
  VolumeChanged: { readonly cursor: string; readonly volume: Volume }
  SnapshotChanged: { readonly cursor: string; readonly snapshot: Snapshot }
  SnapshotScheduleChanged: { readonly cursor: string; readonly snapshotSchedule: SnapshotSchedule }
  OperationChanged: { readonly cursor: string; readonly operation: Operation }
  AlertChanged: { readonly cursor: string; readonly alert: Alert }
  FindingsChanged: { readonly cursor: string; readonly cluster: Cluster }
  Heartbeat: { readonly cursor: string; readonly at: Date }
  ResyncRequired: { readonly reason: string }
}

/** One thing that a subscriber is told; `type` is the name of the member of the union. */
export type FleetMessage = { [Type in keyof Members]: { readonly type: Type } & Members[Type] }[keyof Members]

const CURSOR = 'Position in the log; give it as `after` to go on from here.'
const FLEET = 'The fleet with its new totals.'

const fleetSnapshot = builder.objectRef<Members['FleetSnapshot']>('FleetSnapshot').implement({
  description: 'The state from which the changes that follow begin.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    fleet: t.field({ type: fleet, description: 'The fleet.', resolve: () => ({ id: FLEET_ID }) }),
    clusters: t.expose('clusters', {
      type: [cluster],
      description: 'All its clusters.',
      complexity: ALL_CLUSTERS,
    }),
  }),
})

const clusterChanged = builder.objectRef<Members['ClusterChanged']>('ClusterChanged').implement({
  description: 'A cluster or its figures have changed.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    cluster: t.expose('cluster', { type: cluster, description: 'The cluster as it is now.' }),
    fleet: t.field({ type: fleet, description: FLEET, resolve: () => ({ id: FLEET_ID }) }),
  }),
})

const clusterDetached = builder.objectRef<Members['ClusterDetached']>('ClusterDetached').implement({
  description: 'A cluster has left the fleet.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    clusterId: t.exposeID('clusterId', { description: 'Id of the cluster.' }),
    fleet: t.field({ type: fleet, description: FLEET, resolve: () => ({ id: FLEET_ID }) }),
  }),
})

const volumeChanged = builder.objectRef<Members['VolumeChanged']>('VolumeChanged').implement({
  description: 'A volume is new or has changed.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    volume: t.expose('volume', { type: volume, description: 'The volume as it is now.' }),
  }),
})

const snapshotChanged = builder.objectRef<Members['SnapshotChanged']>('SnapshotChanged').implement({
  description: 'A snapshot is new or has changed.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    snapshot: t.expose('snapshot', { type: snapshot, description: 'The snapshot as it is now.' }),
  }),
})

const snapshotScheduleChanged = builder
  .objectRef<Members['SnapshotScheduleChanged']>('SnapshotScheduleChanged')
  .implement({
    description: 'A schedule of snapshots is new, has changed or was run.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: CURSOR }),
      snapshotSchedule: t.expose('snapshotSchedule', {
        type: snapshotSchedule,
        description: 'The schedule as it is now.',
      }),
    }),
  })

const operationChanged = builder.objectRef<Members['OperationChanged']>('OperationChanged').implement({
  description: 'An operation is new or has come further.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    operation: t.expose('operation', { type: operation, description: 'The operation as it is now.' }),
  }),
})

const alertChanged = builder.objectRef<Members['AlertChanged']>('AlertChanged').implement({
  description: 'An alert was raised or cleared, or is of another severity.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    alert: t.expose('alert', { type: alert, description: 'The alert as it is now.' }),
  }),
})

const findingsChanged = builder.objectRef<Members['FindingsChanged']>('FindingsChanged').implement({
  description: 'Findings about a cluster are new or have changed, one or many: read its list again.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    cluster: t.expose('cluster', { type: cluster, description: 'The cluster.' }),
  }),
})

const heartbeat = builder.objectRef<Members['Heartbeat']>('Heartbeat').implement({
  description: 'Comes every 10 seconds: all changes up to here have been delivered.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: CURSOR }),
    at: t.expose('at', { type: 'DateTime', description: "The server's clock." }),
  }),
})

const resyncRequired = builder.objectRef<Members['ResyncRequired']>('ResyncRequired').implement({
  description: 'Changes were missed. The stream ends; subscribe again without `after`.',
  fields: (t) => ({ reason: t.exposeString('reason', { description: 'What happened, for people.' }) }),
})

export const fleetEvent = builder.unionType('FleetEvent', {
  description: 'One thing that happened in the fleet.',
  types: [
    fleetSnapshot,
    clusterChanged,
    clusterDetached,
    volumeChanged,
    snapshotChanged,
    snapshotScheduleChanged,
    operationChanged,
    alertChanged,
    findingsChanged,
    heartbeat,
    resyncRequired,
  ],
  resolveType: (message) => (message as FleetMessage).type,
})
