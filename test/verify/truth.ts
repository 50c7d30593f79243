import type {
  HistoryEntry,
  Label,
  SnapshotDeletion,
  SnapshotRecord,
  VolumeRecord,
} from '@flotilla/simulator/cluster/records'

/** What a simulated cluster itself holds and remembers. */
export interface ClusterTruth {
  readonly name: string
  readonly effectiveBytes: bigint
  readonly freeBytes: bigint
  readonly provisionedBytes: bigint
  readonly volumes: readonly TrueVolume[]
  readonly snapshots: readonly TrueSnapshot[]
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  readonly snapshotDeletions: readonly SnapshotDeletion[]
}

export interface TrueVolume
  extends Pick<
    VolumeRecord,
    | 'uuid'
    | 'name'
    | 'projectName'
    | 'state'
    | 'sizeBytes'
    | 'replicaCount'
    | 'acl'
    | 'ipAcl'
    | 'compression'
    | 'sourceSnapshotUuid'
  > {
  readonly labels: readonly Label[]
  /** Null for the cluster's default. */
  readonly qosPolicy: string | null
}

export type TrueSnapshot = Pick<
  SnapshotRecord,
  'uuid' | 'name' | 'projectName' | 'state' | 'sizeBytes' | 'sourceVolumeUuid'
>
