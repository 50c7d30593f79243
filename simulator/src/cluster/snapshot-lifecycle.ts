import type { ClusterState } from './cluster-state.ts'
import type { SnapshotRecord } from './records.ts'

/** Timers hold no more than this; longer waits are taken in turns. */
const LONGEST_TIMER_MS = 0x7fff_ffff

/** Ends the passing state that the snapshot is in, after the delay of that state; a kept one when its retention is over. */
export function settleSnapshotAfter(cluster: ClusterState, snapshot: SnapshotRecord): void {
  const { createMs, deleteMs } = cluster.settings.delays
  if (snapshot.state === 'Creating') {
    cluster.clock.after(createMs, () => finishCreation(cluster, snapshot.uuid))
  }
  if (snapshot.state === 'Available') expireAfter(cluster, snapshot)
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
  if (snapshot?.state !== 'Creating') return
  const available: SnapshotRecord = { ...snapshot, state: 'Available' }
  cluster.snapshots.put(uuid, available)
  expireAfter(cluster, available)
}

/** What happens when a retention is over is not written down anywhere; deletion like any other is inferred. */
function expireAfter(cluster: ClusterState, { uuid, createdAtMs, retentionTime }: SnapshotRecord): void {
  const seconds = Number(/^(\d+)(?:\.\d+)?s$/.exec(retentionTime)?.[1] ?? 0)
  if (seconds === 0) return
  const leftMs = createdAtMs + seconds * 1_000 - cluster.clock.now()
  cluster.clock.after(Math.min(Math.max(leftMs, 1), LONGEST_TIMER_MS), () => {
    const snapshot = cluster.snapshots.get(uuid)
    if (snapshot?.state !== 'Available') return
    if (leftMs > LONGEST_TIMER_MS) return expireAfter(cluster, snapshot)
    const deleting: SnapshotRecord = { ...snapshot, state: 'Deleting', etag: snapshot.etag + 1 }
    cluster.snapshots.put(uuid, deleting)
    settleSnapshotAfter(cluster, deleting)
  })
}
