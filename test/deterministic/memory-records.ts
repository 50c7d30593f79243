import type {
  ClusterAdminState,
  ClusterConnectionState,
  ClusterHealth,
} from '@flotilla/core/clusters/cluster'
import type { ClusterId, DecisionId, OperationId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewOperation } from '@flotilla/core/operations/new-operation'
import type { OperationError, OperationKind, OperationState } from '@flotilla/core/operations/operation'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { DecidedRequest } from '@flotilla/core/placement/decide-batch'
import type { Groups } from '@flotilla/core/placement/group-counts'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { owedBytes } from '@flotilla/core/volumes/owed-bytes'
import type { Volume } from '@flotilla/core/volumes/volume'
import type { FormerProperties } from '@flotilla/core/volumes/volume-properties'

/** A row of `volume`; rows are replaced, never changed. */
export interface VolumeRow extends Volume {
  readonly formerProperties: FormerProperties | null
  readonly leaseNumber: bigint
  readonly leasedUntilMs: number | null
  readonly createUnknownAtMs: number | null
  readonly changeAskedAtMs: number | null
  readonly changeTaken: boolean
  readonly writtenSizeBytes: bigint | null
  readonly observedBytes: bigint
  readonly acknowledgedAtMs: number | null
  readonly nextReconcileAtMs: number
}

/** A row of `cluster`. */
export interface ClusterRow {
  readonly id: ClusterId
  readonly adminState: ClusterAdminState
  readonly connection: ClusterConnectionState
  readonly health: ClusterHealth
  readonly backendId: string | null
  readonly pollSequence: bigint
  readonly endedSequence: bigint
  readonly pollFailures: number
  readonly nextPollAtMs: number
  readonly inventoryDueAtMs: number
}

/** A row of `cluster_capacity`, the ledger. */
export interface CapacityRow {
  readonly effectiveBytes: bigint
  readonly usedBytes: bigint
  readonly freeBytes: bigint
  readonly reportedBytes: bigint
  readonly maxReplicas: number
  readonly observedAtMs: number
  readonly sequence: bigint
  readonly provisionedBytes: bigint
  readonly pendingBytes: bigint
  readonly mismatchedPolls: number
  readonly volumeCount: number
  readonly foreignVolumeCount: number
}

export interface OperationRow extends NewOperation {
  readonly kind: OperationKind
  readonly state: OperationState
  readonly volumeId: VolumeId
  readonly attemptCount: number
  readonly error: OperationError | null
}

/** What a batch saw and decided, as its record keeps it. */
export interface BatchRow {
  readonly candidates: readonly Candidate[]
  readonly groups: Groups
  readonly policy: PlacementPolicy
  readonly nowMs: number
  readonly decided: readonly DecidedRequest[]
}

/** What a commit did, for who watches. */
export type Commit =
  | { readonly kind: 'PLACED'; readonly batch: BatchRow }
  | { readonly kind: 'LEASED'; readonly volumeId: VolumeId; readonly wasLeasedUntilMs: number | null }
  | {
      readonly kind: 'SETTLED'
      readonly volumeId: VolumeId
      readonly leaseNumber: bigint
      readonly settlement: string
    }
  | { readonly kind: 'REPLACED'; readonly batch: BatchRow; readonly volumeId: VolumeId }
  | {
      readonly kind: 'POLLED'
      readonly clusterId: ClusterId
      readonly sequence: bigint
      readonly startedAtMs: number
    }
  | { readonly kind: 'POLL_FAILED'; readonly clusterId: ClusterId }
  | { readonly kind: 'DELETION'; readonly volumeId: VolumeId }

const EARLY = Number.NEGATIVE_INFINITY

/**
 * The tables that placement, leases, settlements and polls live in, in memory. Each of the functions beside this file that
 * changes them is one transaction: it happens at one instant or not at all.
 */
export class MemoryRecords {
  readonly volumes = new Map<VolumeId, VolumeRow>()
  readonly clusters = new Map<ClusterId, ClusterRow>()
  readonly capacities = new Map<ClusterId, CapacityRow>()
  readonly operations = new Map<OperationId, OperationRow>()
  readonly batches: BatchRow[] = []
  readonly policy: PlacementPolicy
  readonly #now: () => number
  /** Called when a transaction has been committed. */
  onCommit: (commit: Commit) => void = () => {}

  /** @param now the database's clock, whole ms since the epoch */
  constructor(policy: PlacementPolicy, now: () => number) {
    this.policy = policy
    this.#now = now
  }

  get nowMs(): number {
    return this.#now()
  }

  addCluster(id: ClusterId): void {
    this.clusters.set(id, {
      id,
      adminState: 'ACTIVE',
      connection: 'DISCONNECTED',
      health: 'UNKNOWN',
      backendId: null,
      pollSequence: 0n,
      endedSequence: 0n,
      pollFailures: 0,
      nextPollAtMs: EARLY,
      inventoryDueAtMs: EARLY,
    })
  }

  volume(id: VolumeId): VolumeRow {
    const row = this.volumes.get(id)
    if (!row) throw new Error(`${id} has no row`)
    return row
  }

  cluster(id: ClusterId): ClusterRow {
    const row = this.clusters.get(id)
    if (!row) throw new Error(`${id} has no row`)
    return row
  }

  volumesOn(clusterId: ClusterId): readonly VolumeRow[] {
    return [...this.volumes.values()].filter((row) => row.clusterId === clusterId)
  }

  /** Writes a volume, and by how much it owes more or less to the ledger where `charges` says so. */
  putVolume(row: VolumeRow, charges: 'CHARGED' | 'UNCHARGED'): void {
    const before = this.volumes.get(row.id)
    this.volumes.set(row.id, row)
    if (charges === 'CHARGED') this.charge(row.clusterId, owedBytes(row) - (before ? owedBytes(before) : 0n))
  }

  charge(clusterId: ClusterId, bytes: bigint): void {
    const row = this.capacities.get(clusterId)
    if (row) this.capacities.set(clusterId, { ...row, pendingBytes: row.pendingBytes + bytes })
  }

  unfinished(volumeId: VolumeId): readonly OperationRow[] {
    return [...this.operations.values()].filter(
      (row) => row.volumeId === volumeId && (row.state === 'PENDING' || row.state === 'RUNNING'),
    )
  }

  changeOperations(volumeId: VolumeId, change: (row: OperationRow) => Partial<OperationRow>): void {
    for (const row of this.unfinished(volumeId)) this.operations.set(row.id, { ...row, ...change(row) })
  }

  decisionsOf(volumeId: VolumeId, decisionId: DecisionId | null): readonly DecidedRequest[] {
    return this.batches
      .flatMap(({ decided }) => decided)
      .filter(({ decision }) => decision.volumeId === volumeId && decision.id === decisionId)
  }
}
