/** What one simulated cluster remembers. Records are never changed in place: a change puts a new one. */

export type VolumeState =
  | 'Creating'
  | 'Available'
  | 'Deleting'
  | 'Failed'
  | 'Updating'
  | 'Rollback'
  | 'Migrating'

export type SnapshotState = 'Creating' | 'Available' | 'Deleting' | 'Failed'

export interface Label {
  readonly key: string
  readonly value: string
}

/** Kept and answered as given; the simulator's own placement ignores it. */
export interface PlacementRestriction {
  readonly operator: string
  readonly labelValueKeyPairs: readonly Label[]
}

export interface VolumeRecord {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
  readonly state: VolumeState
  readonly sizeBytes: bigint
  /** What the volume's owner has written, before replication and compression. */
  readonly writtenBytes: bigint
  readonly replicaCount: number
  readonly nodeUuids: readonly string[]
  /** Unique at one moment only; recycled after a deletion. */
  readonly nsid: number
  readonly acl: readonly string[]
  readonly ipAcl: readonly string[]
  readonly compression: boolean
  readonly sectorSizeBytes: number
  readonly sourceSnapshotUuid: string
  readonly sourceSnapshotName: string
  readonly qosPolicyUuid: string
  readonly labels: readonly Label[]
  readonly placementRestrictions: readonly PlacementRestriction[]
  readonly createdAtMs: number
  readonly etag: number
}

export interface SnapshotRecord {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
  readonly description: string
  readonly state: SnapshotState
  readonly retentionTime: string
  readonly sourceVolumeUuid: string
  readonly sourceVolumeName: string
  readonly sizeBytes: bigint
  readonly writtenBytes: bigint
  readonly replicaCount: number
  readonly nodeUuids: readonly string[]
  readonly nsid: number
  readonly acl: readonly string[]
  readonly ipAcl: readonly string[]
  readonly compression: boolean
  readonly sectorSizeBytes: number
  readonly labels: readonly Label[]
  readonly createdAtMs: number
  readonly etag: number
}

/** The policy that a project's volumes get when they name none. */
export interface DefaultPolicy {
  readonly policyType: string
  readonly policyUUID: string
}

export interface ProjectRecord {
  readonly uuid: string
  readonly name: string
  readonly description: string
  readonly defaultPolicies: readonly DefaultPolicy[]
  readonly etag: number
}

/** A public key that was uploaded to a project; its `kid` in tokens is `<project>:<id>`. */
export interface CredentialRecord {
  readonly projectName: string
  readonly id: string
  readonly type: 'RS256PubKey'
  /** Base64 of a PEM public key, as it was uploaded. */
  readonly payload: string
  readonly etag: number
}

/** What a QoS policy limits; exactly one of these per policy. */
export type QosLimitKind = 'limitIOPS' | 'limitBw' | 'limitIOPSPerGB'

export interface QosPolicyRecord {
  readonly uuid: string
  readonly name: string
  readonly description: string
  readonly limitKind: QosLimitKind
  /** In the unit of the kind: IOPS, MB/s, or IOPS per GB; 0 is unlimited. */
  readonly readLimit: number
  readonly writeLimit: number
  /** Empty for a policy that every project may use. */
  readonly visibleToProjects: readonly string[]
  readonly etag: number
}

export type NodeState = 'Active' | 'Activating' | 'Inactive'

export interface NodeRecord {
  readonly uuid: string
  readonly name: string
  readonly hostname: string
  readonly serverUuid: string
  /** `address:4420` of the data plane; nothing listens there. */
  readonly nvmeEndpoint: string
  readonly failureDomains: readonly string[]
  readonly state: NodeState
  readonly etag: number
}

export interface ClusterIdentity {
  readonly uuid: string
  readonly name: string
  readonly subsystemNqn: string
  readonly apiEndpoint: string
  /** Logical bytes stored per physical byte on compressed volumes. */
  readonly compressionRatio: number
}

/** How long the asynchronous states last, in milliseconds; 0 finishes before the answer is sent. */
export interface StateDelays {
  readonly createMs: number
  readonly updateMs: number
  readonly deleteMs: number
}

/** What an operator of the simulator can turn at run time. */
export interface ClusterSettings {
  readonly delays: StateDelays
  readonly effectivePhysicalBytes: bigint
  /** Physical bytes taken by something that is no volume; fills a cluster without touching volumes. */
  readonly extraPhysicalUsedBytes: bigint
  readonly supportedMaxReplicas: number
  /** Fields at their zero value are left out of answers unless this is set. */
  readonly emitZeros: boolean
  /** So many of the next volume creations end in `Failed`. */
  readonly failNextCreates: number
}

export type HistoryKind =
  | 'created'
  | 'failed'
  | 'deleting'
  | 'gone'
  | 'renamed'
  | 'resized'
  /** Who has access, compression, labels or QoS policy. */
  | 'changed'
  | 'rolledBack'

/** A client of the API, or somebody past it. What a cluster does by itself counts to whoever asked for it. */
export type HistoryActor = 'client' | 'outside'

/** One thing that happened to a volume. `created` to `gone` is the span in which the volume exists. */
export interface HistoryEntry {
  /** Ascends over the whole fleet, so that entries of different clusters can be put in order. */
  readonly sequence: number
  readonly atMs: number
  readonly kind: HistoryKind
  readonly by: HistoryActor
  readonly volumeUuid: string
  readonly volumeName: string
  readonly projectName: string
  readonly sizeBytes: bigint
  readonly replicaCount: number
}

/** Somebody had a snapshot deleted: a client, whose request was accepted, or somebody past the API, at once. */
export interface SnapshotDeletion {
  /** Of the order in which a history's entries are. */
  readonly sequence: number
  readonly atMs: number
  readonly by: HistoryActor
  readonly snapshotUuid: string
  readonly snapshotName: string
  readonly volumeUuid: string
}

/** A snapshot schedule bound to a volume. It is kept and answered, but no snapshots are taken from it. */
export interface ResourcePolicyRecord {
  readonly uuid: string
  readonly name: string
  readonly projectName: string
  readonly description: string
  readonly volumeUuid: string
  readonly volumeName: string
  /** The schedule exactly as it was given. */
  readonly schedulePolicy: unknown
}
