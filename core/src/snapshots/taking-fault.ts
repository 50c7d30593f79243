import { type DomainError, InvalidStateError, NameTakenError, NotFoundError } from '../errors.ts'
import type { SnapshotId } from '../identity/ids.ts'
import type { Volume } from '../volumes/volume.ts'

/**
 * Why no snapshot of this name can be taken of the volume; null when it can.
 *
 * @param holder the volume's snapshot that has the name
 */
export function takingFault(
  { id, state }: Pick<Volume, 'id' | 'state'>,
  name: string,
  holder: SnapshotId | null,
): DomainError | null {
  if (state === 'DELETED') return new NotFoundError(`${id} has been deleted`, ['input', 'volumeId'])
  if (state !== 'AVAILABLE') {
    const message = `${id} is ${state}; a snapshot needs an AVAILABLE volume`
    return new InvalidStateError(message, ['input', 'volumeId'])
  }
  return (
    holder && new NameTakenError(`${id} has a snapshot named "${name}" already`, ['input', 'name'], holder)
  )
}
