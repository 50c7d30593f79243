import type { Cluster } from '../clusters/cluster.ts'
import type { ClusterId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { NewChange } from './new-change.ts'

export interface Drained {
  readonly cluster: Cluster
  readonly operation: Operation
}

/** The records of emptying clusters. A drain ends by itself when nothing of ours is left; the workers count. */
export interface DrainStore {
  /**
   * What the same request to start a drain was answered with before, whatever has become of its cluster; null when there was none.
   *
   * @throws IdempotencyConflictError
   */
  find(id: ClusterId, operation: NewOperation): Promise<Drained | null>
  /**
   * Sets the cluster DRAINING and records what is there now. Replays for a known key.
   *
   * @param unfit why it is not to be begun, which a replay does not care about; null when nothing speaks against it
   * @throws NotFoundError, RevisionConflictError, IdempotencyConflictError, InvalidStateError while a drain goes on or for `unfit`
   */
  start(
    id: ClusterId,
    operation: NewOperation,
    expectedRevision: number | null,
    unfit: string | null,
  ): Promise<Drained>
  /**
   * Puts the cluster back to its former admin state. Replays for a known key, with the drain that was cancelled then.
   *
   * @throws NotFoundError, IdempotencyConflictError, InvalidStateError when no drain goes on
   */
  cancel(id: ClusterId, cancellation: NewChange): Promise<Drained>
}
