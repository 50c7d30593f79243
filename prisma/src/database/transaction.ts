import type pg from 'pg'
import { faultCodesOf } from './fault-codes.ts'

/**
 * Serialization failure, deadlock, lock timeout, a unique value that somebody else committed first, and a statement that came behind one
 * that had failed so: the same transaction passes or finds its refusal the next time. As PostgreSQL numbers them, then as Prisma does.
 */
const PASSING_FAULTS = new Set(['40001', '40P01', '55P03', '23505', '25P02', 'P2034', 'P2002'])

/** Thrown inside a transaction to roll it back and run it again on fresh facts. */
export class StaleSnapshotError extends Error {}

/**
 * What a transaction ends with: statements that have been sent already and are followed by COMMIT without waiting for their answers. Who
 * holds a row that others wait for holds it a round trip less for each of them. None may send another when it is
 * answered, and nothing may throw between them: COMMIT undoes only what the server has refused.
 */
export class LastStatements<T> {
  readonly answered: Promise<T>

  constructor(answered: Promise<T>) {
    this.answered = answered
  }
}

/**
 * Runs `work` in one transaction on one connection; commits when it returns, rolls back when it throws. A connection
 * that broke is given up, so that the pool makes another. What `work` has left running when it throws is refused its next
 * statement: behind the ROLLBACK it would be committed with whatever the connection is used for then.
 *
 * @param first a statement without parameters that goes along with BEGIN, in one round trip
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T | LastStatements<T>>,
  first = '',
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  const onBreak = (error: Error): void => {
    broken = error
  }
  client.on('error', onBreak)
  const own = untilEnded(client)
  try {
    await client.query(`BEGIN; ${first}`)
    const result = await work(own.client)
    own.end()
    // After a statement that has failed the server takes COMMIT as ROLLBACK.
    const committed = client.query('COMMIT')
    const [answer] = await Promise.all([
      result instanceof LastStatements ? result.answered : result,
      committed,
    ])
    return answer
  } catch (error) {
    own.end()
    if (!broken && !isTimeout(error)) await client.query('ROLLBACK').catch(onBreak)
    else broken ??= error as Error
    throw error
  } finally {
    client.off('error', onBreak)
    client.release(broken)
  }
}

/** The same connection, for one transaction: it takes no more statements after the end. */
function untilEnded(client: pg.PoolClient): { readonly client: pg.PoolClient; end(): void } {
  let hasEnded = false
  const query = (...statement: Parameters<pg.PoolClient['query']>) =>
    hasEnded ? Promise.reject(new Error('the transaction has ended')) : client.query(...statement)
  return {
    client: Object.assign(Object.create(client), { query }),
    end() {
      hasEnded = true
    },
  }
}

/** pg's own limit for an answer: the server is silent, and asking it to roll back would wait as long again. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout'
}

/**
 * Runs the transaction again, at most `attempts` times, when it lost a race that the next try may win.
 *
 * @param work is told which try it is, from 1
 */
export async function retryOnConflict<T>(
  attempts: number,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= attempts || !isPassing(error)) throw error
    }
  }
}

/** Whether the transaction has been rolled back for something that its next run need not meet. */
export function isPassing(error: unknown): boolean {
  if (error instanceof StaleSnapshotError) return true
  return error instanceof Error && faultCodesOf(error).some((code) => PASSING_FAULTS.has(code))
}
