import { InvalidStateError } from '../errors.ts'
import type { SnapshotId, VolumeId } from '../identity/ids.ts'

/** A snapshot that was asked for and that its cluster has not taken yet, as far as we know. */
export interface UntakenSnapshot {
  readonly id: SnapshotId
  /** The clone that it is to be taken for only. */
  readonly madeForId: VolumeId | null
}

/**
 * Why what a volume holds may not be thrown away now; null when it may. A cluster takes a snapshot when it gets to it, which may be long after it
 * was promised: it must not find what came of a later request.
 *
 * @param change what would be done to the volume, as in "once it is put back"
 */
export function untakenFault(
  volumeId: VolumeId,
  untaken: readonly UntakenSnapshot[],
  change: string,
): InvalidStateError | null {
  if (untaken.length === 0) return null
  const names = untaken.map(({ id, madeForId }) => (madeForId ? `${id} (for the clone ${madeForId})` : id))
  const message = `${volumeId} has snapshots that are yet to be taken: ${names.join(', ')}; once it is ${change} they would not hold what it holds now. Wait until they are taken, or cancel their creation (the clone's, where it is for one)`
  return new InvalidStateError(message, ['input', 'id'])
}
