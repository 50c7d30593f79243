import { writtenAccess } from '@flotilla/core/hosts/next-access'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { type StoredPicture, storedPicture } from '../findings/stored-picture.ts'
import { takenPart } from './taken-part.ts'

/**
 * What this work has written, as the cluster shows it now. The rest stays as it was written before, so that what somebody
 * else changed meanwhile is still seen to differ.
 */
export function writtenPart(lease: VolumeLease, backend: BackendVolume): Partial<StoredPicture> {
  const picture = storedPicture(backend)
  const { state, wantedAccess } = lease
  if (state === 'CREATING') return picture
  return {
    ...(state === 'RESIZING' && { sizeBytes: picture.sizeBytes }),
    ...takenPart(lease, backend),
    ...(wantedAccess && { access: writtenAccess(wantedAccess, backend.access) }),
  }
}
