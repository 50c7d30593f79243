import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type pg from 'pg'
import { storedPicture } from '../findings/stored-picture.ts'

/**
 * A volume that its cluster has made, and then refused what was wanted besides: it is there all the same, as the cluster shows it. Only
 * from now on may a poll miss it. Its row must be locked.
 *
 * @param createUnknown whether a create under the lease may yet be carried out besides
 */
export async function writeMade(
  client: pg.ClientBase,
  { volumeId, createUnknownAt }: VolumeLease,
  backend: BackendVolume,
  createUnknown = false,
): Promise<void> {
  await client.query(
    `UPDATE volume SET backend_id = $2, acknowledged_at = clock_timestamp(), written = $3::jsonb,
            observed_name = nullif($4, backend_name), observed_size_bytes = $5, observed_state = $6, observed_protection = $7,
            observed_access = $8::jsonb, observed_at = clock_timestamp(),
            create_unknown_at = CASE WHEN $9::boolean THEN create_unknown_at ELSE $10::timestamptz END
     WHERE id = $1`,
    [
      volumeId,
      backend.backendId,
      JSON.stringify(storedPicture(backend)),
      backend.name,
      backend.sizeBytes,
      backend.state,
      backend.protection,
      JSON.stringify(backend.access),
      createUnknown,
      createUnknownAt,
    ],
  )
}
