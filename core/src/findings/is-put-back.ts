import { nextAccess, type WantedHost } from '../hosts/next-access.ts'
import { differences, type PictureField, type VolumePicture } from './finding.ts'

/**
 * Whether something of what differs can be put back: not what has grown, nor replicas, nor who was let in by name.
 *
 * @param hosts those that are attached
 */
export function isPutBack(
  written: VolumePicture,
  observed: VolumePicture,
  hosts: readonly WantedHost[],
): boolean {
  const mayPutBack = (field: PictureField): boolean => {
    switch (field) {
      case 'name':
      case 'compression':
      case 'qosPolicy':
      case 'labels':
        return true
      case 'sizeBytes':
        return observed.sizeBytes < written.sizeBytes
      case 'hostNqns':
      case 'addresses': {
        const wanted = { hosts, change: 'AS_WRITTEN', written: written.access } as const
        return observed.access !== null && nextAccess(wanted, observed.access).kind === 'CHANGE'
      }
      case 'project':
      case 'replicas':
        return false
    }
  }
  return differences(written, observed).some(mayPutBack)
}
