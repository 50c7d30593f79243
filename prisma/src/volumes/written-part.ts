import { writtenAccess } from '@flotilla/core/hosts/next-access'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { askedProperties } from '@flotilla/core/volumes/volume-properties'
import { type StoredPicture, storedPicture } from '../findings/stored-picture.ts'

/**
 * What this work has written, as the cluster shows it now. The rest stays as it was written before, so that what somebody
 * else changed meanwhile is still seen to differ.
 */
export function writtenPart(lease: VolumeLease, backend: BackendVolume): Partial<StoredPicture> {
  const picture = storedPicture(backend)
  const { state, formerProperties, ownBackendName, wantedAccess } = lease
  if (state === 'CREATING') return picture
  const { compression, qosPolicy, labels } = picture
  const asked = formerProperties ? askedProperties(formerProperties, lease) : {}
  return {
    ...(state === 'RESIZING' && { sizeBytes: picture.sizeBytes }),
    ...(formerProperties && backend.name === ownBackendName && { name: backend.name }),
    ...(asked.compression !== undefined && { compression }),
    ...(asked.qosPolicy !== undefined && { qosPolicy }),
    ...(asked.labels !== undefined && { labels }),
    ...(wantedAccess && { access: writtenAccess(wantedAccess, backend.access) }),
  }
}
