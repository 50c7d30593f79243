import type { Cluster, ClusterAdminState, ClusterTls } from '../clusters/cluster.ts'
import type { ClusterId, SnapshotId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { CredentialInput } from './fleet-commands.ts'
import type { NewChange } from './new-change.ts'

export interface NewCluster {
  readonly id: ClusterId
  readonly name: string
  readonly driver: string
  readonly endpoints: readonly string[]
  readonly tls: ClusterTls
  readonly credential: CredentialInput
  readonly labels: Readonly<Record<string, string>>
}

export interface ClusterChanges {
  readonly labels?: Readonly<Record<string, string>>
  readonly adminState?: ClusterAdminState
  readonly mutedUntil?: Date
  readonly endpoints?: readonly string[]
  readonly tls?: ClusterTls
  readonly credential?: CredentialInput
}

/** The clusters' records. Each method is one transaction with its event; credentials are sealed before they are written. */
export interface ClusterStore {
  /** @throws NameTakenError, IdempotencyConflictError. Replays for a known key. */
  register(cluster: NewCluster, operation: NewOperation): Promise<{ cluster: Cluster; operation: Operation }>
  /**
   * Changed access makes a poll due at once.
   *
   * @throws NotFoundError, RevisionConflictError, IdempotencyConflictError. Replays for a known key.
   */
  update(
    id: ClusterId,
    changes: ClusterChanges,
    expectedRevision: number | null,
    operation: NewChange,
  ): Promise<{ cluster: Cluster; operation: Operation }>
  /**
   * @param releaseVolumes whether what is there of ours is let go with it: RELEASED, untouched, its work cancelled
   * @throws NotFoundError, InvalidStateError while volumes of ours are there and are not released, IdempotencyConflictError
   */
  detach(
    id: ClusterId,
    operation: NewOperation,
    releaseVolumes?: boolean,
  ): Promise<{ cluster: Cluster; operation: Operation }>
  /** Makes the next poll due now, with inventory. @throws NotFoundError, IdempotencyConflictError */
  requestRefresh(id: ClusterId, operation: NewChange): Promise<{ cluster: Cluster; operation: Operation }>
  /** The kind of the cluster that holds each volume or snapshot; none for an unknown id. */
  kindsOf(ids: readonly (VolumeId | SnapshotId)[]): Promise<ReadonlyMap<VolumeId | SnapshotId, string>>
}
