import type { BackendVolume } from '../ports/cluster-driver.ts'
import type { VolumeState } from './volume.ts'

/**
 * What has to be done next so that the cluster has what is wanted. CREATE, GROW and DELETE ask the cluster; WAIT: it is at
 * work; PRESENT and ABSENT: nothing is left to do; FAILED: it tried to create the volume and could not; VANISHED: it had the volume
 * and has it no more.
 */
export type VolumeStep = 'CREATE' | 'GROW' | 'DELETE' | 'WAIT' | 'PRESENT' | 'ABSENT' | 'FAILED' | 'VANISHED'

/**
 * Decides from the present states alone, so that it makes no difference what was done before, by whom, or how it ended.
 *
 * @param backend what the cluster says it has under the volume's name; `null` is its definite word that it has none
 */
export function nextStep(
  wanted: { readonly state: VolumeState; readonly sizeBytes: bigint },
  backend: BackendVolume | null,
): VolumeStep {
  switch (wanted.state) {
    case 'CREATING':
      return stepToPresence(wanted.sizeBytes, backend)
    case 'RESIZING':
      return backend === null || backend.state === 'FAILED'
        ? 'VANISHED'
        : stepToPresence(wanted.sizeBytes, backend)
    case 'DELETING':
    case 'DELETED':
    case 'FAILED':
      return stepToAbsence(backend)
    case 'AVAILABLE':
    case 'MISSING':
      return backend === null ? 'ABSENT' : 'PRESENT'
  }
}

function stepToPresence(sizeBytes: bigint, backend: BackendVolume | null): VolumeStep {
  switch (backend?.state) {
    case undefined:
      return 'CREATE'
    case 'AVAILABLE':
      return backend && backend.sizeBytes < sizeBytes ? 'GROW' : 'PRESENT'
    case 'CREATING':
    case 'UPDATING':
    case 'DELETING':
      return 'WAIT'
    case 'FAILED':
      return 'FAILED'
  }
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
