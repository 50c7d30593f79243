import {
  type EventCursor,
  type FleetEvent,
  formatCursor,
  parseCursor,
} from '@flotilla/core/events/fleet-event'
import type { EventLog } from '@flotilla/core/ports/event-log'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { appendEvents } from './append-events.ts'
import { createEventLog } from './event-log.ts'
import { trimEventLog } from './trim-event-log.ts'

let db: TestDatabase
let pool: pg.Pool
let log: EventLog

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  log = createEventLog(pool, db.bus)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

const append = (...subjects: string[]) =>
  inTransaction(pool, (client) => appendEvents(client, { VOLUME_CHANGED: subjects }))
const subjectsOf = (events: readonly FleetEvent[] | undefined) => events?.map((event) => event.subjectId)

/** Everything readable after `cursor`, page by page. */
async function readAll(
  cursor: EventCursor,
  limit: number,
): Promise<{ events: FleetEvent[]; cursor: EventCursor }> {
  const events: FleetEvent[] = []
  for (let position = cursor; ; ) {
    const page = await log.readAfter(position, limit)
    if (!page) throw new Error('the log does not reach back')
    events.push(...page.events)
    position = page.events.at(-1)?.cursor ?? position
    if (page.events.length < limit) return { events, cursor: position }
  }
}

test('what is appended is read in order, after the cursor only, page by page', async () => {
  const start = await log.head()
  await append('a', 'b')
  await append('c')
  const first = await log.readAfter(start, 2)
  expect(subjectsOf(first?.events)).toEqual(['a', 'b'])
  const [, b] = first?.events ?? []
  expect(subjectsOf((await log.readAfter(b?.cursor ?? start, 2))?.events)).toEqual(['c'])
  expect(await log.readAfter(await log.head(), 2)).toEqual({ events: [], pending: false })
})

test('what is rolled back never shows', async () => {
  const start = await log.head()
  const undone = inTransaction(pool, async (client) => {
    await appendEvents(client, { VOLUME_CHANGED: ['undone'] })
    throw new Error('on purpose')
  })
  await expect(undone).rejects.toThrow('on purpose')
  await append('kept')
  expect(subjectsOf((await readAll(start, 10)).events)).toEqual(['kept'])
})

test('an event waits for the older transactions that still run, and says so', async () => {
  const start = await log.head()
  const slow = await pool.connect()
  await slow.query('BEGIN')
  await appendEvents(slow, { VOLUME_CHANGED: ['early, committed late'] })
  await append('late, committed early')
  expect(await log.readAfter(start, 10)).toEqual({ events: [], pending: true })
  const between = await log.head()
  await slow.query('COMMIT')
  slow.release()
  const expected = ['early, committed late', 'late, committed early']
  expect(subjectsOf((await readAll(start, 10)).events)).toEqual(expected)
  expect(subjectsOf((await readAll(between, 10)).events)).toEqual(expected)
})

const WRITERS = 12
const TRANSACTIONS = 15

/** Appends in transactions that hold their number for a random while, so that they commit out of order. */
async function write(database: Database, writer: number): Promise<string[][]> {
  const written: string[][] = []
  for (let transaction = 0; transaction < TRANSACTIONS; transaction++) {
    const subjects = Array.from(
      { length: 1 + Math.floor(Math.random() * 4) },
      (_, n) => `${writer}/${transaction}/${n}`,
    )
    await inTransaction(database.pool, async (client) => {
      for (const subject of subjects) {
        await appendEvents(client, { VOLUME_CHANGED: [subject] })
        for (let turns = Math.floor(Math.random() * 8); turns > 0; turns--) await client.query('SELECT 1')
      }
    })
    written.push(subjects)
  }
  return written
}

test('under real concurrency a reader that follows by cursor gets every event once, transactions whole and in order', async () => {
  const start = await log.head()
  const databases = [db.connect(), db.connect(), db.connect()]
  let isWriting = true
  const writing = Promise.all(
    Array.from({ length: WRITERS }, (_, writer) => write(databases[writer % 3] ?? db.database, writer)),
  ).finally(() => {
    isWriting = false
  })
  const seen: FleetEvent[] = []
  let cursor = start
  let sawPending = false
  while (isWriting) {
    const page = await log.readAfter(cursor, 7)
    if (!page) throw new Error('the log does not reach back')
    sawPending ||= page.pending
    seen.push(...page.events)
    cursor = page.events.at(-1)?.cursor ?? cursor
  }
  const written = (await writing).flat()
  seen.push(...(await readAll(cursor, 50)).events)

  const subjects = seen.map((event) => event.subjectId)
  expect(subjects.toSorted()).toEqual(written.flat().toSorted())
  const positionOf = new Map(subjects.map((subject, position) => [subject, position]))
  for (const transaction of written) {
    const positions = transaction.map((subject) => positionOf.get(subject) ?? -1)
    expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? -1) + index))
  }
  expect(isAscending(seen.map((event) => event.cursor))).toBe(true)
  expect(sawPending).toBe(true)
  expect(subjectsOf((await readAll(start, 200)).events)).toEqual(subjects)
}, 30_000)

test('a cursor from before what was forgotten is told to reload; one from behind it is not', async () => {
  const start = await log.head()
  await append('a', 'b')
  const { events, cursor: end } = await readAll(start, 10)
  const [a] = events
  await trimEventLog(pool, 3_600_000)
  expect(subjectsOf((await readAll(start, 10)).events)).toEqual(['a', 'b'])
  await trimEventLog(pool, 0)
  expect(await log.readAfter(start, 10)).toBeNull()
  expect(await log.readAfter(a?.cursor ?? start, 10)).toBeNull()
  expect(await log.readAfter(end, 10)).toEqual({ events: [], pending: false })
  await append('c')
  expect(subjectsOf((await readAll(end, 10)).events)).toEqual(['c'])
})

test('a cursor from the future, as after a database was restored, is told to reload', async () => {
  await append('a')
  const transaction = parseCursor(await log.head())?.transaction ?? 0n
  expect(await log.readAfter(formatCursor(transaction + 1_000n, 1n), 10)).toBeNull()
})

test('after a dump was restored into a PostgreSQL of lower numbers, readers go on with the next trim', async () => {
  await append('a')
  const { rows } = await pool.query('SELECT transaction::text, sequence FROM event_floor')
  try {
    for (const table of ['event', 'event_floor'])
      await pool.query(`UPDATE ${table} SET transaction = (transaction::text::bigint + 1000000)::text::xid8`)
    expect(await log.readAfter(await log.head(), 10)).toBeNull()
    await trimEventLog(pool, 3_600_000)
    const start = await log.head()
    expect(await log.readAfter(start, 10)).toEqual({ events: [], pending: false })
    await append('b')
    expect(subjectsOf((await readAll(start, 10)).events)).toEqual(['b'])
  } finally {
    await pool.query('UPDATE event_floor SET transaction = $1::text::xid8, sequence = $2', [
      rows[0].transaction,
      rows[0].sequence,
    ])
  }
})

test.each(['', 'x', '1', '1.', '1.-1', '1.2.3', '1.9223372036854775808', '9999999999999999999.1'])(
  'what is no cursor is told to reload: "%s"',
  async (text) => {
    expect(await log.readAfter(text as EventCursor, 10)).toBeNull()
  },
)

test('a subscriber is woken by what another process publishes', async () => {
  const woken = Promise.withResolvers<void>()
  const subscription = await log.subscribe(() => woken.resolve())
  db.bus.publish()
  await woken.promise
  await subscription.close()
})

function isAscending(cursors: readonly EventCursor[]): boolean {
  const positions = cursors.map((cursor) => parseCursor(cursor) ?? { transaction: -1n, sequence: -1n })
  return positions.every((each, index) => {
    const before = positions[index - 1]
    if (!before || before.transaction < each.transaction) return true
    return before.transaction === each.transaction && before.sequence < each.sequence
  })
}
