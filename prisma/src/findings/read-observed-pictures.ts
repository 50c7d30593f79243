import type { VolumePicture } from '@flotilla/core/findings/finding'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { type StoredPicture, toPicture } from './stored-picture.ts'

/** See `FleetReader.observedPicturesByVolumeIds`. What differs has a finding, so without one it is as it was written. */
export async function readObservedPictures(
  pool: pg.Pool,
  ids: readonly VolumeId[],
): Promise<readonly (VolumePicture | null)[]> {
  const { rows } = await pool.query<{ id: VolumeId; picture: StoredPicture | null }>(
    `SELECT volume.id, coalesce(finding.observed, volume.written) AS picture
     FROM volume LEFT JOIN finding ON finding.cluster_id = volume.cluster_id AND kind = 'CHANGED' AND subject = volume.id
       AND finding.state <> 'RESOLVED'
     WHERE volume.id = ANY ($1)`,
    [ids],
  )
  const pictures = new Map(rows.map(({ id, picture }) => [id, picture && toPicture(picture)]))
  return ids.map((id) => pictures.get(id) ?? null)
}
