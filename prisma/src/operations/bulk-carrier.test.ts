import type { BegunItem } from '@flotilla/core/commands/carry-out-item'
import { itemKey } from '@flotilla/core/commands/carry-out-item'
import type { BulkStore } from '@flotilla/core/ports/bulk-store'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { newOperation } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { type BulkCarrier, createBulkCarrier } from './bulk-carrier.ts'
import { createBulkStore } from './bulk-store.ts'
import { createOperationStore } from './operation-store.ts'
import { recordOperation } from './record-operation.ts'

let db: TestDatabase
let bulks: BulkStore
let carrier: BulkCarrier

beforeAll(async () => {
  db = await startTestDatabase()
  bulks = createBulkStore(db.database, db.bus)
  carrier = createBulkCarrier(db.database)
}, 300_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

const start = async (count: number) => {
  const items = Array.from({ length: count }, (_, number) => ({
    volumeId: null,
    input: { name: `v-${number}` },
  }))
  return (await bulks.start('CREATE_VOLUMES', newOperation(), {}, items)).id
}
const expire = () => db.database.pool.query(`UPDATE bulk_operation SET due_at = now() - interval '1 s'`)
const positions = (items: readonly BegunItem[] | null) => items?.map(({ position }) => position)

async function counts(id: string) {
  const { rows } = await db.database.pool.query(
    'SELECT pending, running, succeeded, failed, cancelled FROM bulk_operation WHERE operation_id = $1',
    [id],
  )
  return rows[0]
}

test('items are begun by one worker at a time, and by another when he has vanished', async () => {
  const id = await start(100)
  const [first, second] = await Promise.all([carrier.begin(id), carrier.begin(id)])
  expect([first, second].filter((each) => each !== null)).toHaveLength(1)
  const begun = positions(first ?? second)
  expect(begun).toHaveLength(64)
  expect(await counts(id)).toMatchObject({ pending: 36, running: 64 })
  expect(await carrier.due()).toEqual([])
  await expire()
  expect(await carrier.due()).toEqual([id])
  expect(positions(await carrier.begin(id))).toEqual(begun)
})

test('what was carried out and not written down is found by its key', async () => {
  const id = await start(3)
  const items = (await carrier.begin(id)) ?? []
  const client = await db.database.pool.connect()
  const [done] = items
  if (!done) throw new Error('nothing was begun')
  const record = newOperation({ idempotencyKey: itemKey(done), parentId: id })
  await recordOperation(client, 'CREATE_VOLUME', {}, record, true)
  client.release()
  await expire()
  expect(positions(await carrier.begin(id))).toEqual([1, 2])
  expect(await counts(id)).toMatchObject({ succeeded: 1, running: 2 })
})

test('a cancellation and a worker share the items: each is begun or cancelled, none is both', async () => {
  for (let round = 0; round < 5; round++) {
    const id = await start(100)
    const operations = createOperationStore(db.connect(), db.bus)
    const [begun] = await Promise.all([
      carrier.begin(id),
      operations.cancel(id, newOperation({ formerId: id })),
    ])
    const { cancelled, running, pending } = await counts(id)
    expect([cancelled, running, pending]).toEqual([100 - (begun?.length ?? 0), begun?.length ?? 0, 0])
  }
})

test('what made its volume no smaller does not when it is repeated, a smaller size may', async () => {
  const formerSizes = ['10', '20', '30', undefined]
  const request = { sizeBytes: '20', force: true }
  const items = formerSizes.map(() => ({ volumeId: null, input: null }))
  const { id } = await bulks.start('UPDATE_VOLUMES', newOperation(), request, items)
  const begun = (await carrier.begin(id)) ?? []
  const { pool } = db.database
  const client = await pool.connect()
  for (const [index, formerSizeBytes] of formerSizes.entries()) {
    const item = begun[index]
    if (!item) throw new Error('was not begun')
    const asked = { ...request, ...(formerSizeBytes && { formerSizeBytes }) }
    const record = newOperation({ idempotencyKey: itemKey(item), parentId: id, request: asked })
    await recordOperation(client, 'RESIZE_VOLUME', {}, record)
  }
  client.release()
  await pool.query(`UPDATE operation SET state = 'FAILED', finished_at = now() WHERE parent_id = $1`, [id])
  await expire()
  expect(await carrier.begin(id)).toBeNull()
  const again = await bulks.repeat(id, newOperation({ formerId: id }))
  const repeated = await carrier.begin(again.id)
  expect(repeated?.map(({ input }) => input)).toEqual([{ force: false }, { force: false }, null, null])
})

/** One whose items all have an operation that goes on. */
async function allBegun(count: number) {
  const id = await start(count)
  const items = (await carrier.begin(id)) ?? []
  const client = await db.database.pool.connect()
  for (const item of items) {
    const record = newOperation({ idempotencyKey: itemKey(item), parentId: id })
    await recordOperation(client, 'CREATE_VOLUME', {}, record)
  }
  client.release()
  await expire()
  expect(await carrier.begin(id)).toBeNull()
  return id
}

const endItems = (id: string, but: number) =>
  db.database.pool.query(
    `UPDATE operation SET state = 'SUCCEEDED', finished_at = now()
     WHERE parent_id = $1 AND idempotency_key <> $1 || '/' || $2::text`,
    [id, but],
  )

test('items that have ended are counted once, and nothing is counted while none ends', async () => {
  const id = await allBegun(5)
  expect(await carrier.count()).toBe(false)
  await endItems(id, 3)
  expect(await carrier.count()).toBe(true)
  expect(await counts(id)).toMatchObject({ pending: 0, running: 1, succeeded: 4 })
  // What a count would put right shows that there is none.
  await db.database.pool.query('UPDATE bulk_operation SET succeeded = 0')
  expect(await carrier.count()).toBe(false)
  await endItems(id, -1)
  expect(await carrier.count()).toBe(true)
  expect(await counts(id)).toMatchObject({ running: 0, succeeded: 5 })
})

test('rule 10: whoever goes on with another one does not wait while one is counted', async () => {
  const { pool } = db.database
  const [counted, other] = [await allBegun(5), await start(3)]
  await endItems(counted, 0)
  const holder = await pool.connect()
  const whileCounted = async () => {
    try {
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM operation WHERE id = $1 FOR UPDATE', [counted])
      const counting = carrier.count()
      await untilBlocked(pool, 1)
      const { rows } = await pool.query('SELECT operation_id FROM bulk_operation FOR UPDATE SKIP LOCKED')
      expect(rows).toEqual([{ operation_id: other }])
      expect(positions(await carrier.begin(other))).toEqual([0, 1, 2])
      return { counting }
    } finally {
      await holder.query('COMMIT')
      holder.release()
    }
  }
  const { counting } = await whileCounted()
  expect(await counting).toBe(true)
})
