import type {
  ClusterId,
  HostId,
  OperationId,
  SnapshotId,
  SnapshotScheduleId,
  VolumeId,
} from '@flotilla/core/identity/ids'
import type {
  Operation,
  OperationAttempt,
  OperationError,
  OperationKind,
  OperationState,
} from '@flotilla/core/operations/operation'
import type { Operation as OperationRow } from '../generated/client.ts'

/** An attempt as it stands in the JSON column. */
export interface StoredAttempt {
  readonly startedAt: string
  readonly finishedAt: string
  readonly error: OperationError | null
}

export function toOperation(row: OperationRow): Operation {
  return {
    id: row.id as OperationId,
    kind: row.kind as OperationKind,
    state: row.state as OperationState,
    clusterId: row.clusterId as ClusterId | null,
    volumeId: row.volumeId as VolumeId | null,
    snapshotId: row.snapshotId as SnapshotId | null,
    hostId: row.hostId as HostId | null,
    scheduleId: row.scheduleId as SnapshotScheduleId | null,
    policyName: row.policyName,
    actor: row.actor,
    idempotencyKey: row.idempotencyKey,
    parentId: row.parentId as OperationId | null,
    formerId: row.formerId as OperationId | null,
    progress: row.progress,
    attemptCount: row.attemptCount,
    attempts: (row.attempts as unknown as StoredAttempt[]).map(toAttempt),
    error: row.errorCode ? { code: row.errorCode, message: row.errorMessage ?? '' } : null,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  }
}

function toAttempt(stored: StoredAttempt): OperationAttempt {
  return {
    startedAt: new Date(stored.startedAt),
    finishedAt: new Date(stored.finishedAt),
    error: stored.error,
  }
}
