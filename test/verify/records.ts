import type { HostAccess } from '@flotilla/core/hosts/host-access'
import type {
  ClusterId,
  DecisionId,
  HostId,
  OperationId,
  SnapshotId,
  VolumeId,
} from '@flotilla/core/identity/ids'
import type { OperationKind, OperationState } from '@flotilla/core/operations/operation'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type { VolumeState } from '@flotilla/core/volumes/volume'

/** What the database holds, as one look found it. Names are those of the columns, in camelCase. */
export interface Records {
  /** By the database's clock. */
  readonly now: Date
  readonly clusters: readonly ClusterRow[]
  /** Those that are gone, too; so are snapshots. */
  readonly volumes: readonly VolumeRow[]
  readonly snapshots: readonly SnapshotRow[]
  readonly attachments: readonly AttachmentRow[]
  /** Of every host that was ever registered. */
  readonly hostNqns: readonly string[]
  readonly operations: readonly OperationRow[]
  readonly findings: readonly FindingRow[]
  readonly samples: readonly SampleRow[]
  /** Oldest first, by transaction and number. */
  readonly events: readonly EventRow[]
  /** Up to here the log has been trimmed. */
  readonly eventFloor: Pick<EventRow, 'transaction' | 'sequence'>
  /** Ids of everything that events may be about, beside what is listed above. */
  readonly alertIds: readonly string[]
  readonly scheduleIds: readonly string[]
  /** Where a secret was found in plain text. */
  readonly leaks: readonly Leak[]
  /** How many tables and files were looked through for secrets. */
  readonly searched: number
  /** Every change since the watch was set up, oldest first for each subject; null without one. */
  readonly changes: readonly WatchedChange[] | null
  /** Every sum of promised bytes since the watch was set up, in the order of its cluster's ledger row. */
  readonly ledgerChanges: readonly WatchedLedger[] | null
}

export interface ClusterRow {
  readonly id: ClusterId
  readonly name: string
  readonly connection: string
  readonly detachedAt: Date | null
  readonly pollSequence: bigint
  readonly capacity: LedgerRow | null
}

export interface LedgerRow {
  readonly provisionedBytes: bigint
  readonly pendingBytes: bigint
  readonly effectiveBytes: bigint
  readonly usedBytes: bigint
  readonly freeBytes: bigint
  readonly reportedBytes: bigint
  readonly volumeCount: number
  readonly foreignVolumeCount: number
  readonly observedAt: Date
  readonly inventoryAt: Date
  readonly sequence: bigint
}

/** Of a volume or a snapshot. */
interface LeasedRow {
  readonly leaseNumber: bigint
  readonly leasedUntil: Date | null
  readonly revision: number
  readonly updatedAt: Date
  readonly deletedAt: Date | null
  readonly project: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly clusterId: ClusterId
  readonly backendName: string
  readonly backendId: string | null
  readonly sizeBytes: bigint
  readonly replicas: number
}

export interface VolumeRow extends LeasedRow {
  readonly id: VolumeId
  readonly state: VolumeState
  readonly compression: boolean
  readonly qosPolicy: string | null
  readonly backendProject: string
  readonly observedName: string | null
  readonly written: WrittenPicture | null
  readonly adoptedAt: Date | null
  readonly forgottenAt: Date | null
  readonly observedBytes: bigint
  readonly decisionId: DecisionId | null
  readonly policyName: string
  readonly shrinkToBytes: bigint | null
  readonly formerProperties: unknown
  readonly sourceSnapshotId: SnapshotId | null
  readonly restoreSnapshotId: SnapshotId | null
  readonly placementGroup: string | null
  readonly generation: number
  readonly settledGeneration: number
  /** Since when a create may be carried out that nobody was told of. */
  readonly createUnknownAt: Date | null
}

/** What was last written to a cluster and confirmed by it. */
export interface WrittenPicture {
  readonly name: string
  readonly sizeBytes: string
  readonly replicas: number
  readonly compression: boolean
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Absent where it was written before access was kept. */
  readonly access?: HostAccess
}

export interface SnapshotRow extends LeasedRow {
  readonly id: SnapshotId
  readonly state: SnapshotState
  readonly volumeId: VolumeId
  readonly madeForId: VolumeId | null
  /** As of a volume. */
  readonly createUnknownAt: Date | null
  /** From when on it is to go; null for never. */
  readonly expiresAt: Date | null
}

/** With the name and addresses of its host. */
export interface AttachmentRow {
  readonly volumeId: VolumeId
  readonly hostId: HostId
  readonly wantedMode: string | null
  readonly confirmedMode: string | null
  readonly nqn: string
  readonly addresses: readonly string[]
  readonly hostDeletedAt: Date | null
}

export interface OperationRow {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly state: OperationState
  readonly clusterId: ClusterId | null
  readonly volumeId: VolumeId | null
  readonly snapshotId: SnapshotId | null
  readonly actor: string
  readonly idempotencyKey: string | null
  /** The bulk operation that it is a part of, and the one that it repeats. */
  readonly parentId: OperationId | null
  readonly formerId: OperationId | null
  /** Of a recreation: which volume of the cluster it was before, and since when that was adopted. */
  readonly formerBackendId: string | null
  readonly formerAdoptedAt: Date | null
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

export interface FindingRow {
  readonly id: string
  readonly clusterId: ClusterId
  readonly kind: string
  readonly subject: string
  readonly state: string
  readonly name: string
  readonly volumeId: VolumeId | null
  /** Whom the cluster should admit, and does, by the finding; null where it says nothing of that. */
  readonly writtenAccess: HostAccess | null
  readonly observedAccess: HostAccess | null
}

/** Figures of one span of time; `min <= last <= max` in each. */
export interface SampleRow {
  readonly clusterId: ClusterId
  readonly resolution: string
  readonly bucketAt: Date
  readonly observedAt: Date
  readonly promised: Span
  readonly written: Span
  readonly effective: Span
  readonly free: Span
}

export interface Span {
  readonly min: bigint
  readonly max: bigint
  readonly last: bigint
}

export interface EventRow {
  readonly transaction: bigint
  readonly sequence: bigint
  readonly kind: string
  readonly subjectId: string
  readonly at: Date
}

export interface Leak {
  /** A table or a file. */
  readonly where: string
  /** What is secret about it, never the secret itself. */
  readonly secret: string
  readonly count: number
}

export type WatchedTable = 'volume' | 'snapshot' | 'operation'

/** One committed change of a row; `before` is null for one that was new. */
export interface WatchedChange {
  readonly transaction: bigint
  readonly subjectTable: WatchedTable
  readonly subjectId: string
  readonly stateBefore: string | null
  readonly stateAfter: string
  /** Null for operations, as are leases. */
  readonly revisionBefore: number | null
  readonly revisionAfter: number | null
  readonly leaseBefore: bigint | null
  readonly leaseAfter: bigint | null
}

export interface WatchedLedger {
  readonly transaction: bigint
  readonly clusterId: ClusterId
  readonly pendingBefore: bigint
  readonly pendingBytes: bigint
  readonly promisedBytes: bigint
  readonly effectiveBytes: bigint
}
