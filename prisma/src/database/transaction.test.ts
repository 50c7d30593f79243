import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { inTransaction, LastStatements, retryOnConflict, StaleSnapshotError } from './transaction.ts'

let db: TestDatabase
let pool: pg.Pool

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  await pool.query('CREATE TABLE note (attempt int NOT NULL, number int NOT NULL)')
}, 60_000)
afterAll(() => db.close(), 60_000)

test('what is still being written when a transaction is given up is in no transaction after it', async () => {
  const ended: Promise<unknown>[] = []
  await retryOnConflict(2, (attempt) =>
    inTransaction(pool, async (client) => {
      const writing = writeInTurn(client, attempt)
      ended.push(writing.catch(() => {}))
      const losing = client.query('SELECT 1').then(() => {
        if (attempt === 1) throw new StaleSnapshotError('lost')
      })
      await Promise.all([writing, losing])
    }),
  )
  await Promise.all(ended)
  const { rows } = await pool.query('SELECT attempt, count(*)::int FROM note GROUP BY attempt')
  expect(rows).toEqual([{ attempt: 2, count: 5 }])
})

const numbersOf = async (attempt: number) => {
  const { rows } = await pool.query<{ number: number }>('SELECT number FROM note WHERE attempt = $1', [
    attempt,
  ])
  return rows.map(({ number }) => number)
}
const note = (client: pg.ClientBase, attempt: number, number: number | null) =>
  client.query('INSERT INTO note VALUES ($1, $2)', [attempt, number])

test('last statements are committed, and bring the answer', async () => {
  const answer = await inTransaction<string>(pool, async (client) => {
    await note(client, 10, 1)
    return new LastStatements(note(client, 10, 2).then(() => 'done'))
  })
  expect(answer).toBe('done')
  expect(await numbersOf(10)).toEqual([1, 2])
})

test('when one of the last statements fails, nothing is committed', async () => {
  const failing = inTransaction<unknown>(pool, async (client) => {
    await note(client, 20, 1)
    return new LastStatements(Promise.all([note(client, 20, null), note(client, 20, 2)]))
  })
  await expect(failing).rejects.toThrow('null value')
  expect(await numbersOf(20)).toEqual([])
  expect(await inTransaction(pool, async () => 'the connection goes on')).toBe('the connection goes on')
})

/** One statement after the other, each when the one before has been answered. */
async function writeInTurn(client: pg.ClientBase, attempt: number): Promise<void> {
  for (let number = 0; number < 5; number++) {
    await client.query('INSERT INTO note VALUES ($1, $2)', [attempt, number])
  }
}
