import type { OperationId, SnapshotId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { OperationRequest } from '../operations/operation-request.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'
import type { Volume } from '../volumes/volume.ts'

/** An operation with what it takes to ask for it again. */
export interface RecordedOperation {
  readonly operation: Operation
  /** Null where what it works on tells what was asked for. */
  readonly request: OperationRequest | null
  readonly failedItems: number
  readonly volume: Volume | null
  readonly snapshot: Snapshot | null
  /** What the volume was to begin as a copy of. */
  readonly source: Snapshot | null
}

export interface CancelledOperation {
  /** As it is now. */
  readonly operation: Operation
  /** The record of the cancellation; the deletion, for what was to be made. */
  readonly cancellation: Operation
  /** What the workers should look at. */
  readonly volumeIds: readonly VolumeId[]
  readonly snapshotIds: readonly SnapshotId[]
}

/** Operations' own records. One transaction each, with its events. */
export interface OperationStore {
  /** Null when there is none. */
  find(id: OperationId): Promise<RecordedOperation | null>
  /**
   * Ends the operation, if that can still be done: decided under the lock of what it works on, so that no worker asks a
   * cluster for what has been cancelled.
   *
   * @throws NotFoundError, InvalidStateError with the reason, IdempotencyConflictError. Replays for a known key.
   */
  cancel(id: OperationId, cancellation: NewOperation): Promise<CancelledOperation>
}
