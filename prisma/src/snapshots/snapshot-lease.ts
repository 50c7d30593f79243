import type { ClusterId, SnapshotId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'

/** One worker's right to act on a snapshot, as a VolumeLease is on a volume. */
export interface SnapshotLease {
  readonly snapshotId: SnapshotId
  readonly leaseNumber: bigint
  readonly leasedAt: Date
  readonly state: SnapshotState
  /** For people who look at the cluster: the volume's and the snapshot's own names. */
  readonly description: string
  readonly backendName: string
  /** The cluster's own id for it; null while it has never been confirmed. */
  readonly backendId: string | null
  /** The cluster's project that has its volume. */
  readonly backendProject: string
  /** Backend id of its volume; null when the cluster has never confirmed that. */
  readonly volumeBackendId: string | null
  readonly retentionSeconds: number | null
  /** When, before this lease, a create may have been sent without an answer on record. */
  readonly createUnknownAt: Date | null
  /** Volumes of ours that were made from it and hold it on its cluster. */
  readonly cloneCount: number
  readonly clusterId: ClusterId
  readonly driver: string
  /** As a VolumeLease tells it. */
  readonly clusterAnswers: boolean
  readonly openAccess: () => Promise<ClusterAccess>
}
