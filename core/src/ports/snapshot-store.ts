import type { SnapshotId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'

export interface NewSnapshot {
  readonly id: SnapshotId
  readonly volumeId: VolumeId
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly retentionSeconds: number | null
}

export interface ChangedSnapshot {
  readonly snapshot: Snapshot
  readonly operation: Operation
}

/** The snapshots' records. One transaction each, with its events; no bytes are promised for a snapshot. */
export interface SnapshotStore {
  /** @throws NotFoundError, InvalidStateError, NameTakenError, IdempotencyConflictError. Replays for a known key. */
  create(snapshot: NewSnapshot, operation: NewOperation): Promise<ChangedSnapshot>
  /**
   * Records that the snapshot is to go. @throws NotFoundError, InvalidStateError, RevisionConflictError,
   * IdempotencyConflictError. Replays for a known key.
   */
  requestDeletion(
    id: SnapshotId,
    operation: NewOperation,
    expectedRevision: number | null,
  ): Promise<ChangedSnapshot>
}
