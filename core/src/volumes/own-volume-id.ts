import type { VolumeId } from '../identity/ids.ts'
import { idOfBackendName } from './backend-name.ts'
import type { BackendVolume } from './backend-volume.ts'

/**
 * The volume of ours that a volume on a cluster claims to be by its name, or `null`. It is in our project there, or, as a
 * clone of an adopted one, in another; only the record says in which one it would be ours.
 */
export function ownVolumeId({ name }: Pick<BackendVolume, 'name'>): VolumeId | null {
  return idOfBackendName('Volume', name)
}
