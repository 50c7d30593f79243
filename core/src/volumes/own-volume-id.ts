import type { VolumeId } from '../identity/ids.ts'
import type { BackendVolume } from '../ports/cluster-driver.ts'
import { idOfBackendName } from './backend-name.ts'
import { BACKEND_PROJECT } from './backend-project.ts'

/** The volume of ours that a volume on a cluster claims to be by its project and name, or `null`. */
export function ownVolumeId({ project, name }: Pick<BackendVolume, 'project' | 'name'>): VolumeId | null {
  return project === BACKEND_PROJECT ? idOfBackendName('Volume', name) : null
}
