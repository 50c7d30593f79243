import type {
  ClusterId,
  HostId,
  OperationId,
  SnapshotId,
  SnapshotScheduleId,
  VolumeId,
} from '../identity/ids.ts'

export const OPERATION_KINDS = [
  'REGISTER_CLUSTER',
  'UPDATE_CLUSTER',
  'DETACH_CLUSTER',
  'REFRESH_CLUSTER',
  'DRAIN_CLUSTER',
  'CREATE_VOLUME',
  'RESIZE_VOLUME',
  'UPDATE_VOLUME',
  'RESTORE_VOLUME',
  'ATTACH_VOLUME',
  'DETACH_VOLUME',
  'DELETE_VOLUME',
  'CREATE_SNAPSHOT',
  'DELETE_SNAPSHOT',
  'CREATE_SNAPSHOT_SCHEDULE',
  'UPDATE_SNAPSHOT_SCHEDULE',
  'DELETE_SNAPSHOT_SCHEDULE',
  'REGISTER_HOST',
  'UPDATE_HOST',
  'DELETE_HOST',
  'CREATE_POLICY',
  'UPDATE_POLICY',
  'DELETE_POLICY',
  'SET_SHADOW_POLICY',
  'ROTATE_SERVICE_KEY',
  'RETIRE_SERVICE_KEY',
  'ADOPT_VOLUMES',
  'ADOPT_VOLUME',
  'IGNORE_FINDING',
  'REVERT_VOLUME',
  'RECREATE_VOLUME',
  'FORGET_VOLUME',
  'CANCEL_OPERATION',
  'CREATE_VOLUMES',
  'UPDATE_VOLUMES',
  'DELETE_VOLUMES',
  'CREATE_SNAPSHOTS',
  'ATTACH_VOLUMES',
  'DETACH_VOLUMES',
] as const
export type OperationKind = (typeof OPERATION_KINDS)[number]

/** PARTIAL: some of its items were carried out, others were not. */
export const OPERATION_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

/** Machine-readable cause of a failed attempt or operation. */
export interface OperationError {
  /** For example DNS, TLS, UNAUTHORIZED, UNSUPPORTED_VERSION, DUPLICATE_CLUSTER, NO_SPACE, TIMEOUT. */
  readonly code: string
  readonly message: string
}

export interface OperationAttempt {
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly error: OperationError | null
}

/** A durable record of work asked for. */
export interface Operation {
  readonly id: OperationId
  readonly kind: OperationKind
  readonly state: OperationState
  readonly clusterId: ClusterId | null
  readonly volumeId: VolumeId | null
  readonly snapshotId: SnapshotId | null
  readonly hostId: HostId | null
  readonly scheduleId: SnapshotScheduleId | null
  /** The policy that it is about. */
  readonly policyName: string | null
  readonly actor: string
  readonly idempotencyKey: string | null
  /** The bulk operation that it is a part of. */
  readonly parentId: OperationId | null
  /** The operation that it repeats, or cancels. */
  readonly formerId: OperationId | null
  /** What it is doing now, in words: `waiting for the cluster to answer`. */
  readonly progress: string | null
  /** How many attempts were made; the record keeps the newest of them. */
  readonly attemptCount: number
  /** Newest first, at most ATTEMPTS_KEPT. */
  readonly attempts: readonly OperationAttempt[]
  readonly error: OperationError | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

export const ATTEMPTS_KEPT = 10
