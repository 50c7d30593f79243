import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { askedProperties } from '@flotilla/core/volumes/volume-properties'
import { type StoredPicture, storedPicture } from '../findings/stored-picture.ts'

/** The name and the other properties that this work has written, as the cluster shows them now; nothing where it was not to write any. */
export function takenPart(lease: VolumeLease, backend: BackendVolume): Partial<StoredPicture> {
  const { formerProperties, ownBackendName } = lease
  if (!formerProperties) return {}
  const { compression, qosPolicy, labels } = storedPicture(backend)
  const asked = askedProperties(formerProperties, lease)
  return {
    ...(backend.name === ownBackendName && { name: backend.name }),
    ...(asked.compression !== undefined && { compression }),
    ...(asked.qosPolicy !== undefined && { qosPolicy }),
    ...(asked.labels !== undefined && { labels }),
  }
}
