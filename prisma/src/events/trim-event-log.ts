import type pg from 'pg'
import { inTransaction } from '../database/transaction.ts'

/** Forgets entries older than `keptMs` and notes how far, so that a cursor from before is told to reload. */
export async function trimEventLog(pool: pg.Pool, keptMs: number): Promise<void> {
  await inTransaction(pool, async (client) => {
    await forgetOtherNumbers(client)
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

/**
 * A dump that is restored into another PostgreSQL brings numbers of transactions along that this one may reach in months only; until then every
 * cursor would lie before the log, and those entries would be waited for. Nothing that this PostgreSQL has committed is numbered so high.
 */
async function forgetOtherNumbers(client: pg.ClientBase): Promise<void> {
  await client.query('DELETE FROM event WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot())')
  await client.query(
    `UPDATE event_floor SET transaction = (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8,
       sequence = 9223372036854775807
     WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot())`,
  )
}
