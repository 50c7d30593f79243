import type pg from 'pg'

/**
 * Serialization failure, deadlock, lock timeout, and a unique value that somebody else committed first: the same
 * transaction passes or finds its refusal the next time. As PostgreSQL numbers them, then as Prisma does.
 */
const PASSING_FAULTS = new Set(['40001', '40P01', '55P03', '23505', 'P2034', 'P2002'])

/** Thrown inside a transaction to roll it back and run it again on fresh facts. */
export class StaleSnapshotError extends Error {}

/** Runs `work` in one transaction on one connection; commits when it returns, rolls back when it throws. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Runs the transaction again, at most `attempts` times, when it lost a race that the next try may win. */
export async function retryOnConflict<T>(attempts: number, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt >= attempts || !isPassing(error)) throw error
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof StaleSnapshotError) return true
  return error instanceof Error && 'code' in error && PASSING_FAULTS.has(String(error.code))
}
