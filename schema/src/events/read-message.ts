import type { FleetEvent } from '@flotilla/core/events/fleet-event'
import type {
  AlertId,
  ClusterId,
  OperationId,
  SnapshotId,
  SnapshotScheduleId,
  VolumeId,
} from '@flotilla/core/identity/ids'
import type { Loaders } from '../loaders.ts'
import type { StreamItem } from './event-source.ts'
import type { FleetMessage } from './fleet-event.ts'

/** The item with the present state of its object; `null` when that no longer exists, so there is nothing to tell. */
export async function readMessage(item: StreamItem, loaders: Loaders): Promise<FleetMessage | null> {
  if (item.type === 'HEARTBEAT') return { type: 'Heartbeat', cursor: item.cursor, at: item.at }
  if (item.type === 'RESYNC_REQUIRED') return { type: 'ResyncRequired', reason: item.reason }
  return readChange(item.event, loaders)
}

async function readChange(event: FleetEvent, loaders: Loaders): Promise<FleetMessage | null> {
  const { kind, cursor, subjectId } = event
  switch (kind) {
    case 'CLUSTER_CHANGED': {
      const cluster = await loaders.cluster.load(subjectId as ClusterId)
      return cluster && { type: 'ClusterChanged', cursor, cluster }
    }
    case 'CLUSTER_DETACHED':
      return { type: 'ClusterDetached', cursor, clusterId: subjectId as ClusterId }
    case 'VOLUME_CHANGED': {
      const volume = await loaders.volume.load(subjectId as VolumeId)
      return volume && { type: 'VolumeChanged', cursor, volume }
    }
    case 'SNAPSHOT_CHANGED': {
      const snapshot = await loaders.snapshot.load(subjectId as SnapshotId)
      return snapshot && { type: 'SnapshotChanged', cursor, snapshot }
    }
    case 'SCHEDULE_CHANGED': {
      const snapshotSchedule = await loaders.snapshotSchedule.load(subjectId as SnapshotScheduleId)
      return snapshotSchedule && { type: 'SnapshotScheduleChanged', cursor, snapshotSchedule }
    }
    case 'ALERT_CHANGED': {
      const alert = await loaders.alert.load(subjectId as AlertId)
      return alert && { type: 'AlertChanged', cursor, alert }
    }
    case 'FINDINGS_CHANGED': {
      const cluster = await loaders.cluster.load(subjectId as ClusterId)
      return cluster && { type: 'FindingsChanged', cursor, cluster }
    }
    case 'OPERATION_CHANGED': {
      const operation = await loaders.operation.load(subjectId as OperationId)
      return operation && { type: 'OperationChanged', cursor, operation }
    }
  }
}
