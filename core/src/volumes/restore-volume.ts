import { type DomainError, InvalidInputError, InvalidStateError } from '../errors.ts'
import { attachedFault, type VolumeHosts } from '../hosts/volume-hosts.ts'
import { madeForFault } from '../snapshots/made-for-fault.ts'
import type { Snapshot } from '../snapshots/snapshot.ts'
import { type UntakenSnapshot, untakenFault } from '../snapshots/untaken-snapshot.ts'
import type { Volume } from './volume.ts'

/** What stands in the way of a restore. */
export interface RestoreFacts extends VolumeHosts {
  /** Of its snapshots those that are yet to be taken. */
  readonly untaken: readonly UntakenSnapshot[]
}

/**
 * Why the volume cannot be put back to the snapshot; null when it can. Hosts keep in memory what they have read, and write
 * it over what was restored, so none may have it; there is no way around that but to detach them.
 */
export function restoreFault(
  volume: Pick<Volume, 'id' | 'state' | 'sizeBytes'>,
  snapshot: Pick<Snapshot, 'id' | 'state' | 'volumeId' | 'sizeBytes' | 'madeForId'>,
  facts: RestoreFacts,
): DomainError | null {
  if (volume.state !== 'AVAILABLE') {
    const message = `${volume.id} is ${volume.state}; only an AVAILABLE volume can be restored`
    return new InvalidStateError(message, ['input', 'id'])
  }
  const untaken = untakenFault(volume.id, facts.untaken, 'put back')
  if (untaken) return untaken
  const remedy =
    'detach it first: a host that has it open would go on with what it remembers, and spoil what was restored'
  const attached = attachedFault(volume.id, facts, remedy)
  if (attached) return attached
  if (snapshot.volumeId !== volume.id) {
    const message = `${snapshot.id} is of ${snapshot.volumeId}, not of ${volume.id}`
    return invalidSnapshot(message, 'a snapshot of the volume itself; a clone makes a volume of any other')
  }
  if (snapshot.state !== 'AVAILABLE') {
    const message = `${snapshot.id} is ${snapshot.state}; only an AVAILABLE snapshot can be gone back to`
    return new InvalidStateError(message, ['input', 'snapshotId'])
  }
  const taken = madeForFault(snapshot.id, snapshot.madeForId, ['input', 'snapshotId'])
  if (taken) return taken
  // The cluster would then hold more than is promised on it.
  if (snapshot.sizeBytes > volume.sizeBytes) {
    const message = `${snapshot.id} has ${snapshot.sizeBytes} bytes, more than the volume's ${volume.sizeBytes}`
    return invalidSnapshot(message, 'a snapshot that is no larger; grow the volume first')
  }
  return null
}

function invalidSnapshot(message: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', 'snapshotId'], message, allowed }])
}
