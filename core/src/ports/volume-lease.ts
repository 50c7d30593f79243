import type { WantedAccess } from '../hosts/next-access.ts'
import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { SnapshotState } from '../snapshots/snapshot.ts'
import type { VolumeState } from '../volumes/volume.ts'
import type { FormerProperties } from '../volumes/volume-properties.ts'
import type { ClusterAccess } from './cluster-access.ts'

/** One worker's right to act on a volume. Whoever holds an older number cannot write any more. */
export interface VolumeLease {
  readonly volumeId: VolumeId
  readonly leaseNumber: bigint
  readonly leasedAt: Date
  readonly state: VolumeState
  readonly sizeBytes: bigint
  readonly shrinkToBytes: bigint | null
  /** The size that its cluster gave it last at our request; null for not at all. */
  readonly writtenSizeBytes: bigint | null
  /** What stood before those of the properties below that its cluster is to be asked for; null when it need not be asked. */
  readonly formerProperties: FormerProperties | null
  /** When its cluster has to be asked to admit others than now, or may have to; null when not. */
  readonly wantedAccess: WantedAccess | null
  /** The cluster's id of the snapshot that it is to be put back to; null when it is not. */
  readonly restoreBackendId: string | null
  /** The snapshot that a clone begins from; null for an empty volume. */
  readonly source: {
    readonly state: SnapshotState
    /** Null until its cluster has it. */
    readonly backendId: string | null
    /** Whether it was taken for this clone only. */
    readonly isOwn: boolean
  } | null
  readonly replicas: number
  readonly compression: boolean
  readonly qosPolicy: string | null
  /** Where a change of others is put back, as they were last written: those that an adopted volume had there are none of ours. */
  readonly labels: Readonly<Record<string, string>>
  /** The name that it is made under and should have there; after a renaming behind our back it has another one. */
  readonly ownBackendName: string
  readonly backendProject: string
  /** The cluster's id of it, when it is known to have it: by that it is looked for, and what bears its name under another id is not ours. */
  readonly backendId: string | null
  /** When, before this lease, a create may have been sent to this cluster without an answer on record. */
  readonly createUnknownAt: Date | null
  /** When, before this lease, its cluster may have been asked last for the change that is wanted, without an answer that ended it; null for not at all. */
  readonly changeAskedAt: Date | null
  /** Whether, before this lease, its cluster has taken the restore or the other properties that are wanted, and may still be at work on them. */
  readonly changeTaken: boolean
  /** When, before this lease, its cluster may have been asked last to put it back without an answer on record; null for not at all. */
  readonly restoreUnknownAt: Date | null
  readonly clusterId: ClusterId
  readonly driver: string
  /** Whether its last poll was answered; if not, nothing is asked of it. */
  readonly clusterAnswers: boolean
  readonly openAccess: () => Promise<ClusterAccess>
}
