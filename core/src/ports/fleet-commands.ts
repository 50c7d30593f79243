import type { Cluster, ClusterAdminState, ClusterTls } from '../clusters/cluster.ts'
import type { Finding } from '../findings/finding.ts'
import type { ClusterId, FindingId, SnapshotId, VolumeId } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { Operation } from '../operations/operation.ts'
import type { PlacementDecision } from '../placement/placement-decision.ts'
import type { PolicyDocument } from '../policies/policy-document.ts'
import type { Volume } from '../volumes/volume.ts'
import type { CreateVolumeInput, SourceInput } from './create-volume-input.ts'
import type { AdoptionOutcome } from './finding-store.ts'
import type { HostCommands } from './host-commands.ts'
import type { OperationCommands } from './operation-commands.ts'
import type { PlacementPreview } from './placement-ledger.ts'
import type { ChangedPolicy } from './policy-store.ts'
import type { ScheduleCommands } from './schedule-commands.ts'
import type { ChangedServiceCredential, ServiceCredential } from './service-keys.ts'
import type { ChangedSnapshot } from './snapshot-store.ts'

export const MAX_PREVIEWED = 1_000

/** As the operator gave it; sealed before it is stored. */
export type CredentialInput = { readonly token: string } | { readonly keyPair: true }

export interface RegisterClusterInput {
  readonly idempotencyKey: string
  readonly name: string
  readonly driver: string
  readonly endpoints: readonly string[]
  readonly tls: ClusterTls
  readonly credential: CredentialInput
  readonly labels: Readonly<Record<string, string>>
}

/** Absent fields stay as they are. */
export interface UpdateClusterInput {
  readonly idempotencyKey?: string
  readonly id: ClusterId
  readonly expectedRevision?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly adminState?: ClusterAdminState
  /** No alerts are raised until then; a moment that is past ends it. */
  readonly mutedUntil?: Date
  readonly endpoints?: readonly string[]
  readonly tls?: ClusterTls
  readonly credential?: CredentialInput
}

export interface RefreshClusterInput {
  readonly idempotencyKey?: string
  readonly id: ClusterId
}

/** Absent fields stay as they are. */
export interface UpdateVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  readonly expectedRevision?: number
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly compression?: boolean
  /** Name of a QoS policy of its cluster; null for the cluster's default. */
  readonly qosPolicy?: string | null
  readonly sizeBytes?: bigint
  /** Whether a smaller size is meant. */
  readonly force?: boolean
}

export interface DeleteVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  readonly expectedRevision?: number
  /** Whether its snapshots may go with it. */
  readonly cascade?: boolean
  /** Whether hosts that have it may lose it. */
  readonly force?: boolean
}

export interface RestoreVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  readonly snapshotId: SnapshotId
  readonly expectedRevision?: number
}

export interface CreateSnapshotInput {
  readonly idempotencyKey: string
  readonly volumeId: VolumeId
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Kept for ever when absent. */
  readonly retentionSeconds?: number
}

export interface DeleteSnapshotInput {
  readonly idempotencyKey: string
  readonly id: SnapshotId
  readonly expectedRevision?: number
}

/** A volume that could be asked for; the policy's defaults for what is absent. */
export interface PreviewInput {
  readonly project: string
  readonly sizeBytes?: bigint
  readonly source?: SourceInput
  readonly replicas?: number
  readonly group?: string
}

export interface AdoptVolumesInput {
  readonly idempotencyKey: string
  readonly project: string
  /** Name of the policy that decides about them from now on. */
  readonly policy: string
  /** 1 to MAX_ADOPTED. */
  readonly items: readonly {
    readonly findingId: FindingId
    /** One like that on the cluster when absent. */
    readonly name?: string
    readonly labels?: Readonly<Record<string, string>>
  }[]
}

export interface IgnoreFindingInput {
  readonly idempotencyKey: string
  readonly id: FindingId
  readonly until: Date
  readonly reason: string
}

/** A volume that its cluster has lost. */
export interface MissingVolumeInput {
  readonly idempotencyKey: string
  readonly id: VolumeId
  readonly expectedRevision?: number
}

export interface CreatePolicyInput {
  readonly idempotencyKey: string
  readonly document: PolicyDocument
}

export interface UpdatePolicyInput {
  readonly idempotencyKey?: string
  readonly expectedRevision?: number
  /** The whole of the next revision; it names the policy. */
  readonly document: PolicyDocument
}

export interface DeletePolicyInput {
  readonly idempotencyKey?: string
  readonly name: string
  readonly expectedRevision?: number
}

export interface SetShadowPolicyInput {
  readonly idempotencyKey?: string
  readonly policy: string
  /** Null for none. */
  readonly shadow: string | null
}

export interface RotateServiceKeyInput {
  readonly idempotencyKey: string
}

export interface RetireServiceKeyInput {
  readonly idempotencyKey: string
  readonly keyId: string
  /** Although clusters were not seen to accept the newest. */
  readonly force?: boolean | undefined
}

/**
 * What callers can ask for. Each answers after PostgreSQL has committed the intent, never after a cluster was asked;
 * refusals are thrown as DomainError. With an idempotency key, the same key and input answer with the original
 * operation, and the same key with another input throws IdempotencyConflictError.
 */
export interface FleetCommands extends HostCommands, OperationCommands, ScheduleCommands {
  registerCluster(
    input: RegisterClusterInput,
    actor: Actor,
  ): Promise<{ cluster: Cluster; operation: Operation }>
  updateCluster(input: UpdateClusterInput, actor: Actor): Promise<{ cluster: Cluster; operation: Operation }>
  /** Refused (InvalidStateError) while volumes of ours remain there, unless they are released. Touches nothing on the cluster. */
  detachCluster(
    input: { idempotencyKey: string; id: ClusterId; releaseVolumes?: boolean },
    actor: Actor,
  ): Promise<{ cluster: Cluster; operation: Operation }>
  /** Polls the cluster soon, inventory included. */
  refreshCluster(
    input: RefreshClusterInput,
    actor: Actor,
  ): Promise<{ cluster: Cluster; operation: Operation }>
  /** @throws NoFeasibleClusterError, OverloadedError besides the others */
  createVolume(
    input: CreateVolumeInput,
    actor: Actor,
  ): Promise<{ volume: Volume; operation: Operation; decision: PlacementDecision }>
  /** A dry run of one or up to MAX_PREVIEWED creations under a policy. @throws InvalidInputError */
  previewPlacement(policy: string, requests: readonly PreviewInput[]): Promise<PlacementPreview>
  /**
   * Growth is reserved before this answers. A smaller size needs `force`. @throws NotFoundError, RevisionConflictError,
   * InvalidStateError, NameTakenError, WouldShrinkError, NoFeasibleClusterError, OverloadedError besides the others
   */
  updateVolume(input: UpdateVolumeInput, actor: Actor): Promise<{ volume: Volume; operation: Operation }>
  /** In place: what was written since the snapshot is lost. @throws VolumeAttachedError, besides the others */
  restoreVolume(input: RestoreVolumeInput, actor: Actor): Promise<{ volume: Volume; operation: Operation }>
  /** @throws HasDependentsError without `cascade`, VolumeAttachedError without `force`, besides the others */
  deleteVolume(input: DeleteVolumeInput, actor: Actor): Promise<{ volume: Volume; operation: Operation }>
  /** Touches nothing on a cluster. Each item has its own outcome. @throws InvalidInputError, IdempotencyConflictError */
  adoptVolumes(
    input: AdoptVolumesInput,
    actor: Actor,
  ): Promise<{ outcomes: readonly AdoptionOutcome[]; operation: Operation }>
  ignoreFinding(input: IgnoreFindingInput, actor: Actor): Promise<{ finding: Finding; operation: Operation }>
  /** Anew and empty, on the same cluster. */
  recreateVolume(input: MissingVolumeInput, actor: Actor): Promise<{ volume: Volume; operation: Operation }>
  /** From the records alone. */
  forgetVolume(input: MissingVolumeInput, actor: Actor): Promise<{ volume: Volume; operation: Operation }>
  createSnapshot(input: CreateSnapshotInput, actor: Actor): Promise<ChangedSnapshot>
  /** One that clones were made from lingers on its cluster until the last of them is gone. */
  deleteSnapshot(input: DeleteSnapshotInput, actor: Actor): Promise<ChangedSnapshot>
  /**
   * The same key and input answers with the revision made then.
   *
   * @throws InvalidInputError with every fault of the document, NameTakenError
   */
  createPolicy(input: CreatePolicyInput, actor: Actor): Promise<ChangedPolicy>
  /**
   * A document that is the present one makes no revision.
   *
   * @throws InvalidInputError with every fault of the document, NotFoundError, RevisionConflictError
   */
  updatePolicy(input: UpdatePolicyInput, actor: Actor): Promise<ChangedPolicy>
  /**
   * One that was deleted before is a success.
   *
   * @throws NotFoundError, RevisionConflictError, InvalidStateError while volumes use it or it is another's shadow
   */
  deletePolicy(input: DeletePolicyInput, actor: Actor): Promise<{ name: string; operation: Operation }>
  /** @throws NotFoundError for the policy, InvalidInputError for its shadow */
  setShadowPolicy(input: SetShadowPolicyInput, actor: Actor): Promise<ChangedPolicy>
  /** The public halves of the keys we sign with, for clusters registered with `keyPair`. */
  serviceCredential(): Promise<ServiceCredential>
  /** @throws InvalidStateError while two keys are in use */
  rotateServiceKey(input: RotateServiceKeyInput, actor: Actor): Promise<ChangedServiceCredential>
  /**
   * One that was retired before is a success.
   *
   * @throws NotFoundError, InvalidStateError for the newest, and unless forced while clusters need this one
   */
  retireServiceKey(input: RetireServiceKeyInput, actor: Actor): Promise<ChangedServiceCredential>
}
