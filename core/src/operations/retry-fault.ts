import type { BulkCounts } from './bulk-counts.ts'
import { isBulk } from './bulk-kinds.ts'
import type { Operation, OperationKind } from './operation.ts'

const RETRIED: readonly OperationKind[] = [
  'CREATE_VOLUME',
  'RESIZE_VOLUME',
  'UPDATE_VOLUME',
  'RESTORE_VOLUME',
  'ATTACH_VOLUME',
  'DETACH_VOLUME',
  'DELETE_VOLUME',
  'CREATE_SNAPSHOT',
  'RECREATE_VOLUME',
]

const REVERTED_ONCE =
  'REVERT_VOLUME is asked for once for each change that others make; ask for what is on record: updateVolume puts right what it names, and the name of the volume on its cluster with it, attachVolume the hosts'

/** Why the operation cannot be asked for again as it was, for people; null when it can. */
export function retryFault(
  { id, kind, state }: Pick<Operation, 'id' | 'kind' | 'state'>,
  bulk: Pick<BulkCounts, 'failed'> | null,
): string | null {
  if (isBulk(kind)) {
    if (state === 'PENDING' || state === 'RUNNING') return `${id} is ${state}; wait until it has ended`
    return bulk && bulk.failed > 0 ? null : `no item of ${id} has failed`
  }
  if (state !== 'FAILED') return `${id} is ${state}; only what has failed is asked for again`
  if (kind === 'REVERT_VOLUME') return REVERTED_ONCE
  return RETRIED.includes(kind) ? null : `${kind} cannot be repeated as it was; ask for it anew`
}
