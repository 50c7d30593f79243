import type { ClusterState } from './cluster-state.ts'
import { findVolume, type ObjectReference } from './lookup.ts'
import { Refusal } from './refusal.ts'
import { findCloneSource } from './snapshots.ts'
import { settleAfter } from './volume-lifecycle.ts'
import { requireChangeable } from './volumes.ts'

/** Puts a volume back to one of its own snapshots, in place; it is in `Rollback` for the update delay. */
export function rollbackVolume(
  cluster: ClusterState,
  reference: ObjectReference,
  source: { readonly snapshotUuid: string; readonly snapshotName: string },
): void {
  const volume = findVolume(cluster, reference)
  const snapshot = findCloneSource(cluster, {
    projectName: volume.projectName,
    sourceSnapshotUuid: source.snapshotUuid,
    sourceSnapshotName: source.snapshotName,
  })
  if (!snapshot) throw new Refusal('InvalidArgument', 'source snapshot UUID or name is required')
  if (snapshot.sourceVolumeUuid !== volume.uuid) {
    throw new Refusal('InvalidArgument', `snapshot ${snapshot.uuid} is not of volume ${volume.uuid}`)
  }
  requireChangeable(volume, 'roll back')
  const { sizeBytes, writtenBytes } = snapshot
  const rolledBack = { ...volume, sizeBytes, writtenBytes, state: 'Rollback', etag: volume.etag + 1 } as const
  cluster.volumes.put(volume.uuid, rolledBack)
  cluster.recordHistory('rolledBack', rolledBack)
  if (rolledBack.sizeBytes !== volume.sizeBytes) cluster.recordHistory('resized', rolledBack)
  settleAfter(cluster, rolledBack)
}
