import { NotFoundError } from '@flotilla/core/errors'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Volume as VolumeRow } from '../generated/client.ts'
import { VOLUME_COLUMNS } from './volume-columns.ts'
import { toVolume } from './volume-row.ts'

/** The volume as it stays until the transaction ends. @throws NotFoundError */
export async function lockVolume(
  client: pg.ClientBase,
  id: VolumeId,
  path: readonly string[],
): Promise<Volume> {
  const { rows } = await client.query<VolumeRow>(
    `SELECT ${VOLUME_COLUMNS} FROM volume WHERE id = $1 FOR UPDATE`,
    [id],
  )
  if (!rows[0]) throw new NotFoundError(`there is no volume ${id}`, path)
  return toVolume(rows[0])
}
