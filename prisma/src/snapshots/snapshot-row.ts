import type { ClusterId, SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type { Snapshot, SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type { Snapshot as SnapshotRow } from '../generated/client.ts'

export function toSnapshot(row: SnapshotRow): Snapshot {
  const { observedState: state, observedAt } = row
  return {
    id: row.id as SnapshotId,
    volumeId: row.volumeId as VolumeId,
    project: row.project,
    name: row.name,
    labels: row.labels as Record<string, string>,
    state: row.state as SnapshotState,
    clusterId: row.clusterId as ClusterId,
    backendName: row.backendName,
    backendId: row.backendId,
    sizeBytes: row.sizeBytes,
    replicas: row.replicas,
    compression: row.compression,
    retentionSeconds: row.retentionSeconds,
    expiresAt: row.expiresAt,
    madeForId: row.madeForId as VolumeId | null,
    scheduleId: row.scheduleId as SnapshotScheduleId | null,
    observed: state === null || observedAt === null ? null : { state, observedAt },
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  }
}
