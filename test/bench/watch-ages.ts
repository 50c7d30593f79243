import { setTimeout as sleep } from 'node:timers/promises'
import type { Stack } from '../testkit/stack.ts'

/** Each look counts as PostgreSQL's work with whatever is measured. */
const LOOK_EVERY_MS = 1_000

/**
 * Looks at the ages of the clusters' figures until it is stopped.
 *
 * @param except the name of a cluster that is not looked at
 */
export function watchAges({ sql }: Pick<Stack, 'sql'>, except: string | null = null) {
  let oldest = 0
  let isStopped = false
  const watching = (async () => {
    while (!isStopped) {
      const looked = await sql
        .query<{ age: number }>(
          `SELECT extract(epoch FROM max(clock_timestamp() - observed_at))::float8 AS age
           FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id WHERE name IS DISTINCT FROM $1`,
          [except],
        )
        // The database may be what is away.
        .catch(() => null)
      oldest = Math.max(oldest, looked?.rows[0]?.age ?? 0)
      await sleep(LOOK_EVERY_MS)
    }
  })()
  return {
    /** The greatest age that any had, in seconds. */
    async stop(): Promise<number> {
      isStopped = true
      await watching
      return oldest
    },
  }
}
