import { writtenAccess } from '@flotilla/core/hosts/next-access'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { type StoredPicture, storedPicture } from '../findings/stored-picture.ts'
import { takenPart } from './taken-part.ts'

/**
 * What this work has written, as the cluster shows it now. The rest stays as it was written before, so that what somebody
 * else changed meanwhile is still seen to differ. Of a size only what was asked for: a volume that others have made larger than that is
 * left as it is.
 */
export function writtenPart(lease: VolumeLease, backend: BackendVolume): Partial<StoredPicture> {
  const picture = storedPicture(backend)
  const { state, sizeBytes, shrinkToBytes, wantedAccess } = lease
  if (state === 'CREATING') return picture
  return {
    ...(state === 'RESIZING' && { sizeBytes: (shrinkToBytes ?? sizeBytes).toString() }),
    ...takenPart(lease, backend),
    ...(wantedAccess && { access: writtenAccess(wantedAccess, backend.access) }),
  }
}
