import type { SnapshotId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { Volume } from '../volumes/volume.ts'

/** The volumes' records, as far as no placement is needed. One transaction each, with its events. */
export interface VolumeStore {
  /**
   * Records that the volume is to go, and with `cascade` its snapshots; its bytes stay charged until the cluster has said
   * that it is gone. Hosts that have it are refused unless `force` says that they may lose it.
   *
   * @returns the snapshots that go with it, too
   * @throws HasDependentsError, VolumeAttachedError, NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError. Replays for a known key.
   */
  requestDeletion(
    id: VolumeId,
    operation: NewOperation,
    expectedRevision: number | null,
    cascade: boolean,
    force?: boolean,
  ): Promise<{ volume: Volume; operation: Operation; snapshotIds: readonly SnapshotId[] }>

  /**
   * Records that the volume is to be put back to its snapshot.
   *
   * @throws VolumeAttachedError, NotFoundError, InvalidInputError, InvalidStateError, RevisionConflictError, IdempotencyConflictError. Replays
   * for a known key.
   */
  requestRestore(
    id: VolumeId,
    snapshotId: SnapshotId,
    operation: NewOperation,
    expectedRevision: number | null,
  ): Promise<{ volume: Volume; operation: Operation }>
}
