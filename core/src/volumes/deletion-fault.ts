import {
  type DomainError,
  HasDependentsError,
  InvalidStateError,
  NotFoundError,
  RevisionConflictError,
} from '../errors.ts'
import { attachedFault, type VolumeHosts } from '../hosts/volume-hosts.ts'
import type { SnapshotId, VolumeId } from '../identity/ids.ts'
import type { Volume } from './volume.ts'

/** What hangs on a volume that is to go. */
export interface DeletionFacts extends VolumeHosts {
  /** Snapshots that would outlive it; those that are going go, whatever becomes of it. */
  readonly snapshotIds: readonly SnapshotId[]
  /** Volumes that were made from these snapshots. */
  readonly cloneIds: readonly VolumeId[]
}

export interface DeletionTerms {
  /** Whether its snapshots may go with it; those that are not ours are not touched, and stay on the cluster. */
  readonly cascade: boolean
  /** Whether hosts that have it may lose it. */
  readonly force: boolean
  readonly expectedRevision: number | null
}

/** Why the volume may not be deleted; null when it may. */
export function deletionFault(
  { id, state, revision, observed }: Pick<Volume, 'id' | 'state' | 'revision' | 'observed'>,
  facts: DeletionFacts,
  { cascade, force, expectedRevision }: DeletionTerms,
): DomainError | null {
  if (state === 'DELETED') return new NotFoundError(`${id} has been deleted`, ['input', 'id'])
  if (state === 'RELEASED') {
    const message = `${id} was released with its cluster; it is not ours to delete`
    return new InvalidStateError(message, ['input', 'id'])
  }
  if (state === 'DELETING') {
    return new InvalidStateError(`${id} is being deleted already`, ['input', 'id'])
  }
  if (expectedRevision !== null && expectedRevision !== revision) {
    return new RevisionConflictError(expectedRevision, revision)
  }
  const remedy = 'detach it first, or ask again with force: true, and they lose it'
  const attached = force ? null : attachedFault(id, facts, remedy)
  if (attached) return attached
  // Nobody has looked since it was adopted, and none is not what that means.
  if (!cascade && observed?.foreignSnapshotCount === null) {
    const message = `no inventory has looked yet for snapshots of ${id} that were not taken here; ask again in a moment, or with cascade: true: they stay on its cluster then`
    return new InvalidStateError(message, ['input', 'id'])
  }
  const { snapshotIds, cloneIds } = facts
  const foreignCount = observed?.foreignSnapshotCount ?? 0
  const isHeld = snapshotIds.length > 0 || foreignCount > 0
  return isHeld && !cascade ? new HasDependentsError(id, snapshotIds, cloneIds, foreignCount) : null
}
