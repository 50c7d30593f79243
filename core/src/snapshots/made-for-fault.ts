import { InvalidStateError } from '../errors.ts'
import type { SnapshotId, VolumeId } from '../identity/ids.ts'

/**
 * Why nothing else is to be read from a snapshot that was taken for one clone only: it goes in the moment in which that is
 * made, whoever is reading from it.
 */
export function madeForFault(
  id: SnapshotId,
  madeForId: VolumeId | null,
  path: readonly string[],
): InvalidStateError | null {
  if (!madeForId) return null
  const message = `${id} was taken for the clone ${madeForId} only and goes when that is made; name a snapshot that was asked for by itself, or its volume`
  return new InvalidStateError(message, path)
}
