import type { BackendVolume } from './backend-volume.ts'
import type { VolumeState } from './volume.ts'

/**
 * What has to be done next so that the cluster has what is wanted. CREATE, CHANGE (other properties), RESTORE, GROW, SHRINK and DELETE
 * ask the cluster; WAIT: it is at work; PRESENT and ABSENT: nothing is left to do; FAILED: it tried to create the volume and could not; VANISHED: it had the volume
 * and has it no more.
 */
export type VolumeStep =
  | 'CREATE'
  | 'CHANGE'
  | 'RESTORE'
  | 'GROW'
  | 'SHRINK'
  | 'DELETE'
  | 'WAIT'
  | 'PRESENT'
  | 'ABSENT'
  | 'FAILED'
  | 'VANISHED'

/** What is wanted of a volume, as far as its cluster has a part in it. */
export interface WantedVolume {
  readonly state: VolumeState
  readonly sizeBytes: bigint
  readonly shrinkToBytes: bigint | null
  /** Whether its cluster has yet to be asked for other properties; whoever has asked takes it as done. */
  readonly asksProperties: boolean
  /** Whether its cluster has yet to be asked to put it back to a snapshot. */
  readonly asksRestore: boolean
}

/**
 * Decides from the present states alone, so that it makes no difference what was done before, by whom, or how it ended.
 *
 * @param backend what the cluster says it has of the volume; `null` is its definite word that it has none
 */
export function nextStep(wanted: WantedVolume, backend: BackendVolume | null): VolumeStep {
  switch (wanted.state) {
    case 'CREATING':
      return stepToPresence(wanted, backend)
    case 'RESIZING':
    case 'UPDATING':
    case 'RESTORING':
      return backend === null || backend.state === 'FAILED' ? 'VANISHED' : stepToPresence(wanted, backend)
    case 'DELETING':
    case 'DELETED':
    case 'FAILED':
      return stepToAbsence(backend)
    case 'AVAILABLE':
    case 'MISSING':
    case 'RELEASED':
      return backend === null ? 'ABSENT' : 'PRESENT'
  }
}

function stepToPresence(wanted: WantedVolume, backend: BackendVolume | null): VolumeStep {
  switch (backend?.state) {
    case undefined:
      return 'CREATE'
    case 'AVAILABLE':
      if (wanted.asksRestore) return 'RESTORE'
      return wanted.asksProperties ? 'CHANGE' : stepToSize(wanted, backend?.sizeBytes ?? 0n)
    case 'CREATING':
    case 'UPDATING':
    case 'DELETING':
      return 'WAIT'
    case 'FAILED':
      return 'FAILED'
  }
}

/** One that is larger than it needs to be is cut only when that was asked for. */
function stepToSize({ sizeBytes, shrinkToBytes }: WantedVolume, presentBytes: bigint): VolumeStep {
  if (presentBytes < (shrinkToBytes ?? sizeBytes)) return 'GROW'
  return shrinkToBytes !== null && presentBytes > shrinkToBytes ? 'SHRINK' : 'PRESENT'
}

/** A failed husk holds nothing, and the cluster refuses to delete it. */
function stepToAbsence(backend: BackendVolume | null): VolumeStep {
  switch (backend?.state) {
    case undefined:
    case 'FAILED':
      return 'ABSENT'
    case 'AVAILABLE':
      return 'DELETE'
    case 'CREATING':
    case 'UPDATING':
    case 'DELETING':
      return 'WAIT'
  }
}
