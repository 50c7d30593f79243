import type { OperationState } from './operation.ts'

/** How many items of a bulk operation are in which state. */
export interface BulkCounts {
  /** Not begun: these can be cancelled. */
  readonly pending: number
  /** Begun, and not ended. */
  readonly running: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
}

/**
 * The state of a bulk operation, by its items alone. With nothing to do it is done; PARTIAL when some items were carried
 * out and others were not, for whatever reason; FAILED when none was and one has failed.
 */
export function bulkState({ pending, running, succeeded, failed, cancelled }: BulkCounts): OperationState {
  const ended = succeeded + failed + cancelled
  if (pending + running > 0) return running + ended === 0 ? 'PENDING' : 'RUNNING'
  if (failed + cancelled === 0) return 'SUCCEEDED'
  if (succeeded > 0) return 'PARTIAL'
  return failed > 0 ? 'FAILED' : 'CANCELLED'
}
