import type { ClusterId, OperationId, SnapshotId, VolumeId } from '../identity/ids.ts'

/**
 * Asks the workers to look soon. Every job carries an identity only and may be lost or doubled without harm: the sweep
 * finds what is not at rest, and each job works from the present state. So nobody waits for the queue, and one that is
 * down costs time only.
 */
export interface JobQueue {
  reconcileVolumes(ids: readonly VolumeId[]): void
  reconcileSnapshots(ids: readonly SnapshotId[]): void
  pollCluster(id: ClusterId): void
  carryOutBulk(id: OperationId): void
}
