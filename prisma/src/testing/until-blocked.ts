import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

const LOOK_EVERY_MS = 5

/** Waits for as many statements to stand at a lock, so that a race is run in the order a test wants. */
export async function untilBlocked(pool: pg.Pool, statements: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ count: bigint }>(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (Number(rows[0]?.count) >= statements) return
    await sleep(LOOK_EVERY_MS)
  }
}
