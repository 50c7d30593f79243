import type pg from 'pg'

export interface Statement {
  readonly sql: string
  readonly values: readonly unknown[]
}

export interface WriteRecorder {
  /** What each committed transaction wrote, in order, with its values. */
  readonly transactions: readonly (readonly Statement[])[]
  /** How long COMMITs were awaited so far, in ms. */
  readonly commitsMs: number
}

const WRITES = /^\s*(INSERT|UPDATE|WITH view AS)/

/** Notes what is written over the pool's connections; to be called before the first of them is made. */
export function recordWrites(pool: pg.Pool): WriteRecorder {
  const transactions: Statement[][] = []
  let commitsMs = 0
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (sql: string, values?: unknown[]) => Promise<pg.QueryResult>
    let current: Statement[] = []
    const recording = (sql: string, values: unknown[] = []) => {
      if (sql.startsWith('BEGIN')) current = []
      if (WRITES.test(sql)) current.push({ sql, values })
      if (sql === 'COMMIT' && current.length > 0) transactions.push(current)
      const sentAt = performance.now()
      const answer = query(sql, values)
      if (sql === 'COMMIT') {
        const note = () => {
          commitsMs += performance.now() - sentAt
        }
        answer.then(note, note)
      }
      return answer
    }
    client.query = recording as typeof client.query
  })
  return {
    transactions,
    get commitsMs() {
      return commitsMs
    },
  }
}

/**
 * Writes the same rows by the same statements in the same transactions, on one connection, without reading or deciding.
 * A transaction is sent as a whole, COMMIT included, before its first answer is awaited: no engine can wait less.
 *
 * @param pool of pipelined connections, as the product's are
 */
export async function replayWrites(pool: pg.Pool, { transactions }: WriteRecorder): Promise<void> {
  const client = await pool.connect()
  try {
    for (const statements of transactions) {
      await Promise.all([
        client.query('BEGIN'),
        ...statements.map(({ sql, values }) => client.query(sql, [...values])),
        client.query('COMMIT'),
      ])
    }
  } finally {
    client.release()
  }
}
