import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'

/** Forgets entries older than `keptMs` and notes how far, so that a cursor from before is told to reload. */
export async function trimEventLog(pool: pg.Pool, keptMs: number): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(
      `WITH trimmed AS (
         DELETE FROM event WHERE at < clock_timestamp() - make_interval(secs => $1::float8 / 1000)
         RETURNING transaction, sequence),
       last AS (SELECT transaction, sequence FROM trimmed ORDER BY transaction DESC, sequence DESC LIMIT 1)
       UPDATE event_floor AS floor SET transaction = last.transaction, sequence = last.sequence FROM last
       WHERE (last.transaction, last.sequence) > (floor.transaction, floor.sequence)`,
      [keptMs],
    )
  })
}
