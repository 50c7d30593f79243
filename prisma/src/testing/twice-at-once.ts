import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { untilBlocked } from './until-blocked.ts'

/** The same request twice, each of which has found that it is the first when the volume that both want is let go: as after an answer that was lost. */
export async function twiceAtOnce<T>(
  pool: pg.Pool,
  volumeId: VolumeId,
  request: () => Promise<T>,
): Promise<readonly [T, T]> {
  const holder = await pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM volume WHERE id = $1 FOR UPDATE', [volumeId])
    const both = Promise.all([request(), request()])
    await untilBlocked(pool, 2)
    await holder.query('COMMIT')
    return await both
  } finally {
    holder.release()
  }
}
