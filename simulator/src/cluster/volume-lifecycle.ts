import type { ClusterState } from './cluster-state.ts'
import type { HistoryActor, VolumeRecord } from './records.ts'
import { finishLingeringSnapshot } from './snapshot-lifecycle.ts'

/** Ends the passing state that the volume is in, after the delay of that state. */
export function settleAfter(cluster: ClusterState, volume: VolumeRecord): void {
  const { createMs, updateMs, deleteMs } = cluster.settings.delays
  switch (volume.state) {
    case 'Creating':
      cluster.clock.after(createMs, () => finishCreation(cluster, volume.uuid))
      break
    case 'Updating':
    case 'Rollback':
      cluster.clock.after(updateMs, () => finishUpdate(cluster, volume))
      break
    case 'Deleting':
      cluster.clock.after(deleteMs, () => finishDeletion(cluster, volume.uuid))
      break
    default:
      break
  }
}

/** Takes up what a restart interrupted. */
export function settleAllVolumes(cluster: ClusterState): void {
  for (const volume of [...cluster.volumes.values()]) settleAfter(cluster, volume)
}

/** Removes the record at once, with what follows from that. */
export function finishDeletion(cluster: ClusterState, uuid: string, by: HistoryActor = 'client'): void {
  const volume = cluster.volumes.get(uuid)
  if (!volume) return
  cluster.volumes.delete(uuid)
  cluster.recordHistory('gone', volume, by)
  if (volume.sourceSnapshotUuid) finishLingeringSnapshot(cluster, volume.sourceSnapshotUuid)
}

function finishCreation(cluster: ClusterState, uuid: string): void {
  const volume = cluster.volumes.get(uuid)
  if (volume?.state !== 'Creating') return
  const { failNextCreates } = cluster.settings
  if (failNextCreates === 0) {
    cluster.volumes.put(uuid, { ...volume, state: 'Available' })
    return
  }
  const failed: VolumeRecord = { ...volume, state: 'Failed' }
  cluster.volumes.put(uuid, failed)
  cluster.changeSettings({ failNextCreates: failNextCreates - 1 })
  cluster.recordHistory('failed', failed)
}

function finishUpdate(cluster: ClusterState, updated: VolumeRecord): void {
  const volume = cluster.volumes.get(updated.uuid)
  if (volume?.state !== updated.state) return
  cluster.volumes.put(volume.uuid, { ...volume, state: 'Available' })
}
