import { isBulk } from './bulk-kinds.ts'
import type { Operation } from './operation.ts'
import type { OperationFacts } from './operation-facts.ts'

type Cancelled = Pick<Operation, 'id' | 'kind' | 'state'>
type Facts = Pick<OperationFacts, 'volume' | 'snapshotState' | 'bulk'>

/**
 * Why the operation cannot be cancelled, for people; null when it can. What a cluster may have been asked for is not
 * taken back, but for what was never there: a volume or a snapshot that is being made can be deleted at any time.
 */
export function cancelFault(
  { id, kind, state }: Cancelled,
  { volume, snapshotState, bulk }: Facts,
): string | null {
  if (state !== 'PENDING' && state !== 'RUNNING')
    return `${id} is ${state}; there is nothing to cancel any more`
  if (isBulk(kind)) {
    return bulk && bulk.pending > 0
      ? null
      : `all items of ${id} have been begun; cancel those that can be, one by one`
  }
  switch (kind) {
    case 'CREATE_VOLUME':
      return volume?.state === 'CREATING' ? null : `the volume is ${volume?.state ?? 'not there'} already`
    case 'CREATE_SNAPSHOT':
      return snapshotState === 'CREATING' ? null : `the snapshot is ${snapshotState ?? 'not there'} already`
    case 'RESIZE_VOLUME':
    case 'UPDATE_VOLUME':
    case 'RESTORE_VOLUME':
    case 'ATTACH_VOLUME':
    case 'DETACH_VOLUME':
      if (!volume || !['RESIZING', 'UPDATING', 'RESTORING'].includes(volume.state)) {
        return `the volume is ${volume?.state ?? 'not there'}; there is nothing to take back`
      }
      return volume.changeAskedAt === null
        ? null
        : `the cluster may have been asked at ${volume.changeAskedAt.toISOString()}, and what it does is not taken back; wait for its answer, then ask for another change`
    case 'RECREATE_VOLUME':
      if (volume?.state !== 'CREATING') return `the volume is ${volume?.state ?? 'not there'} already`
      return volume.changeAskedAt === null
        ? null
        : `the cluster may have been asked at ${volume.changeAskedAt.toISOString()}; wait for its answer, or delete the volume`
    case 'DRAIN_CLUSTER':
      return null
    case 'DELETE_VOLUME':
    case 'DELETE_SNAPSHOT':
      return 'a deletion is not taken back: what was there may be gone already'
    default:
      return `${kind} cannot be cancelled`
  }
}
