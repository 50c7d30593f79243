import type { ClusterId, VolumeId } from '../identity/ids.ts'

/**
 * Asks the workers to look soon. Every job carries an identity only and may be lost or doubled without harm: the sweep
 * finds what is not at rest, and each job works from the present state. Never throws; a queue that is down costs time.
 */
export interface JobQueue {
  reconcileVolumes(ids: readonly VolumeId[]): Promise<void>
  pollCluster(id: ClusterId): Promise<void>
}
