import type { ClusterState } from './cluster-state.ts'
import type { SnapshotRecord } from './records.ts'

/** Ends the passing state that the snapshot is in, after the delay of that state. */
export function settleSnapshotAfter(cluster: ClusterState, snapshot: SnapshotRecord): void {
  const { createMs, deleteMs } = cluster.settings.delays
  if (snapshot.state === 'Creating') {
    cluster.clock.after(createMs, () => finishCreation(cluster, snapshot.uuid))
  }
  if (snapshot.state === 'Deleting') {
    cluster.clock.after(deleteMs, () => finishLingeringSnapshot(cluster, snapshot.uuid))
  }
}

/** Takes up what a restart interrupted. */
export function settleAllSnapshots(cluster: ClusterState): void {
  for (const snapshot of [...cluster.snapshots.values()]) settleSnapshotAfter(cluster, snapshot)
}

/** Removes a snapshot whose deletion was accepted, once no clone of it is left. */
export function finishLingeringSnapshot(cluster: ClusterState, uuid: string): void {
  if (cluster.snapshots.get(uuid)?.state !== 'Deleting') return
  if (cluster.cloneCount(uuid) === 0) cluster.snapshots.delete(uuid)
}

function finishCreation(cluster: ClusterState, uuid: string): void {
  const snapshot = cluster.snapshots.get(uuid)
  if (snapshot?.state === 'Creating') cluster.snapshots.put(uuid, { ...snapshot, state: 'Available' })
}
