import { type DomainError, InvalidInputError, InvalidStateError, NotFoundError } from '../errors.ts'
import type { ClusterId, SnapshotId, VolumeId } from '../identity/ids.ts'
import { madeForFault } from '../snapshots/made-for-fault.ts'
import type { SnapshotState } from '../snapshots/snapshot.ts'
import type { VolumeState } from './volume.ts'

/** What a clone begins as a copy of. */
export interface CloneSource {
  readonly snapshotId: SnapshotId
  /** Set for a clone of a volume as it is: the snapshot is then yet to be taken, for this clone only. */
  readonly volumeId: VolumeId | null
}

/** What the records say of a source. */
export interface SourceFacts {
  readonly state: VolumeState | SnapshotState
  readonly project: string
  readonly clusterId: ClusterId
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  /** The project of its cluster that has it. */
  readonly backendProject: string
  /** The clone that a snapshot was taken for only; null for one of its own, and for volumes. */
  readonly madeForId: VolumeId | null
}

/** The object that the caller named. */
export function sourceIdOf({ snapshotId, volumeId }: CloneSource): SnapshotId | VolumeId {
  return volumeId ?? snapshotId
}

/**
 * Why the clone cannot be made. It shares its source's blocks: so it is in the same project, has the same replicas and
 * compression, and may be larger, never smaller.
 */
export function cloneFault(
  source: CloneSource,
  facts: SourceFacts | undefined,
  clone: Pick<SourceFacts, 'project' | 'sizeBytes' | 'replicas' | 'compression'>,
): DomainError | null {
  const id = sourceIdOf(source)
  const field = source.volumeId ? 'volumeId' : 'snapshotId'
  const path = ['input', 'source', field]
  const kind = source.volumeId ? 'volume' : 'snapshot'
  if (!facts || facts.state === 'DELETED' || facts.project !== clone.project) {
    return new NotFoundError(`there is no ${kind} ${id} in project ${clone.project}`, path)
  }
  if (facts.state !== 'AVAILABLE') {
    return new InvalidStateError(`${id} is ${facts.state}; a clone needs an AVAILABLE ${kind}`, path)
  }
  const taken = madeForFault(source.snapshotId, facts.madeForId, path)
  if (taken) return taken
  if (clone.sizeBytes < facts.sizeBytes) {
    return invalid(
      'sizeBytes',
      `${clone.sizeBytes} is less than its source has`,
      `${facts.sizeBytes} or more`,
    )
  }
  if (clone.replicas !== facts.replicas) {
    return invalid('replicas', `is ${clone.replicas}`, `${facts.replicas}, as its source has`)
  }
  if (clone.compression !== facts.compression) {
    return invalid('compression', `is ${clone.compression}`, `${facts.compression}, as its source has`)
  }
  return null
}

function invalid(field: string, message: string, allowed: string): InvalidInputError {
  return new InvalidInputError([{ path: ['input', field], message, allowed }])
}
