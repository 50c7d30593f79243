import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
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
const note = (client: pg.ClientBase | pg.Pool, attempt: number, number: number | null) =>
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

/** A transaction of Prisma's, whose raw statement ends so at the first try; which try it was that came through. */
const passAfter = (code: string) =>
  retryOnConflict(2, (attempt) =>
    db.database.prisma.$transaction(async (transaction) => {
      if (attempt === 1) {
        await transaction.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$`)
      }
      return attempt
    }),
  )

test.each(['40001', '40P01', '55P03', '23505'])(
  'a raw statement of Prisma’s that ends with %s is tried again with its transaction',
  async (code) => {
    expect(await passAfter(code)).toBe(2)
  },
)

test('one that has lost no race is not', async () => {
  await expect(passAfter('22012')).rejects.toMatchObject({ code: 'P2010' })
})

test('a statement of Prisma’s own that waited for a lock too long is tried again', async () => {
  const attempts = await whileOther(async (other) => {
    await other.query('LOCK TABLE sweep_mark')
    return retryOnConflict(2, (attempt) =>
      db.database.prisma.$transaction(async (transaction) => {
        await transaction.$executeRawUnsafe(`SET LOCAL lock_timeout = '1ms'`)
        if (attempt === 1) await transaction.sweepMark.count()
        return attempt
      }),
    )
  })
  expect(attempts).toBe(2)
})

test('a deadlock that a raw statement of Prisma’s loses is behind it at the next try', async () => {
  await Promise.all([note(pool, 30, 1), note(pool, 30, 2)])
  const lock = (number: number) => `SELECT 1 FROM note WHERE attempt = 30 AND number = ${number} FOR UPDATE`
  let waiting: Promise<unknown> | undefined
  const attempts = await whileOther(async (other) => {
    // Who looks for a deadlock is who loses; this one does not look.
    await other.query(`SET LOCAL deadlock_timeout = '1min'`)
    await other.query(lock(2))
    return retryOnConflict(2, (attempt) =>
      db.database.prisma.$transaction(async (transaction) => {
        // The loser's row is free at once: who takes it before the winner wakes up meets the same deadlock again.
        if (attempt === 2) await waiting
        await transaction.$executeRawUnsafe(lock(1))
        if (attempt === 1) {
          waiting = other.query(lock(1)).then(() => other.query('COMMIT'))
          await untilBlocked(pool, 1)
        }
        await transaction.$executeRawUnsafe(lock(2))
        return attempt
      }),
    )
  })
  expect(attempts).toBe(2)
})

/** Beside another transaction, which ends with it. */
async function whileOther<T>(work: (other: pg.PoolClient) => Promise<T>): Promise<T> {
  const other = await pool.connect()
  try {
    await other.query('BEGIN')
    return await work(other)
  } finally {
    await other.query('COMMIT')
    other.release()
  }
}

/** One statement after the other, each when the one before has been answered. */
async function writeInTurn(client: pg.ClientBase, attempt: number): Promise<void> {
  for (let number = 0; number < 5; number++) {
    await client.query('INSERT INTO note VALUES ($1, $2)', [attempt, number])
  }
}
