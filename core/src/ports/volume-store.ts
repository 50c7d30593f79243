import type { VolumeId } from '../identity/ids.ts'
import type { Operation } from '../operations/operation.ts'
import type { Volume } from '../volumes/volume.ts'
import type { NewOperation } from './placement-ledger.ts'

/** The volumes' records, as far as no placement is needed. One transaction each, with its events. */
export interface VolumeStore {
  /**
   * Records that the volume is to go; its bytes stay charged until the cluster has said that it is gone.
   *
   * @throws NotFoundError, InvalidStateError, RevisionConflictError, IdempotencyConflictError. Replays for a known key.
   */
  requestDeletion(
    id: VolumeId,
    operation: NewOperation,
    expectedRevision: number | null,
  ): Promise<{ volume: Volume; operation: Operation }>
}
