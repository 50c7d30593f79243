import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { OverloadedError } from '@flotilla/core/errors'
import type { Placed } from '@flotilla/core/ports/placement-ledger'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { connectDatabase } from '../database/connect.ts'
import { StaleSnapshotError } from '../database/transaction.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { createPolicyStore } from '../policies/policy-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  GIB,
  newOperation,
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createGroupPlacement, type GroupPlacementOptions } from './group-placement.ts'
import { TAKE_PLACEMENT_LOCK } from './placement-lock.ts'

const MAX_WAIT_MS = 200

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  await fleet.addCluster()
})
afterEach(() => assertLedger(pool))

function startPlacer(maxWaitMs = MAX_WAIT_MS, options: GroupPlacementOptions = {}, database = db.connect()) {
  const reader = createFleetReader(database)
  return createGroupPlacement(database, reader, fleet.policies, db.bus, { maxWaitMs, ...options })
}

/** Holds what the statement locks until the answer is called. */
async function hold(lock: (client: pg.ClientBase) => Promise<unknown>): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query('BEGIN')
  await lock(client)
  return async () => {
    await client.query('COMMIT')
    client.release()
  }
}

const holdPlacementLock = () => hold((client) => client.query(TAKE_PLACEMENT_LOCK))
const holdLedger = () => hold((client) => client.query('SELECT 1 FROM cluster_capacity FOR UPDATE'))

/** Keeps the placement lock for as long, again and again, so that each batch has to wait for it. */
function slowDown(holdMs: number): { stop(): Promise<void> } {
  let isOver = false
  const slowing = (async () => {
    while (!isOver) {
      const release = await holdPlacementLock()
      await sleep(holdMs)
      await release()
    }
  })()
  return {
    stop() {
      isOver = true
      return slowing
    },
  }
}

async function keysOnRecord(): Promise<readonly string[]> {
  const { rows } = await pool.query<{ key: string }>(
    `SELECT idempotency_key AS key FROM operation WHERE kind = 'CREATE_VOLUME'`,
  )
  return rows.map(({ key }) => key)
}

/** Two requests of one caller, as it would send them again: equal but for what the server adds. */
const intentOf = (key: string) => createIntent({ name: key }, { idempotencyKey: key, inputFingerprint: key })

test('P1: who waits too long for the lock is told so with a time, and is never decided; the same key places it once', async () => {
  const placer = startPlacer()
  const release = await holdPlacementLock()
  const first = placer.place(intentOf('first'))
  // On a busy machine it is told before the others ask.
  first.catch(() => {})
  await untilBlocked(pool, 1)
  const others = ['second', 'third'].map((key) => placer.place(intentOf(key)))
  const refused = await Promise.allSettled([first, ...others])
  for (const each of refused) {
    expect(each).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterMs: expect.any(Number) } })
  }
  await release()
  const patient = startPlacer(60_000)
  await patient.place(intentOf('first'))
  await patient.place(intentOf('first'))
  expect(await keysOnRecord()).toEqual(['first'])
})

test.each([
  ['NUL', 'a\0'],
  ['half of a surrogate pair', '\ud800'],
])('one request with %s, which the database refuses, fails alone in its batch', async (_what, qosPolicy) => {
  const placer = startPlacer(60_000)
  const release = await holdPlacementLock()
  const intents = [
    intentOf('before'),
    createIntent({ qosPolicy }, { idempotencyKey: 'bad' }),
    intentOf('after'),
  ]
  const answers = Promise.allSettled(intents.map((intent) => placer.place(intent)))
  await untilBlocked(pool, 1)
  await release()
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await keysOnRecord()).toSorted()).toEqual(['after', 'before'])
})

test('what the ledger could not count is refused, and never fails the others of its batch', async () => {
  const PIB = 1024n * TIB
  const limits = {
    maxProvisionedRatio: { create: '1000', resize: '1000' },
    expectedUseRatio: '0.000001',
    minFreeRatio: '0',
  }
  const policyName = 'boundless'
  await createPolicyStore(db.database, db.bus).create({ name: policyName, limits }, newOperation())
  await fleet.addCluster({ effectiveBytes: 16n * PIB, freeBytes: 16n * PIB })
  const placer = startPlacer(60_000)
  const release = await holdPlacementLock()
  const answers = Promise.allSettled(
    [1024n * PIB, 1024n * PIB, 1024n * PIB, GIB].map((sizeBytes) =>
      placer.place({ ...createIntent({ sizeBytes, replicas: 3 }), policyName }),
    ),
  )
  await untilBlocked(pool, 1)
  await release()
  const placed = { status: 'fulfilled' }
  const refused = { status: 'rejected', reason: { code: 'NO_FEASIBLE_CLUSTER' } }
  expect(await answers).toMatchObject([placed, placed, refused, placed])
})

test('P1: one more than may wait is told at once with a time, and placed under its key later; those that wait are placed', async () => {
  const placer = startPlacer(60_000, { maxWaiting: 3 })
  const release = await holdPlacementLock()
  const waiting = ['first', 'second', 'third'].map((key) => placer.place(intentOf(key)))
  await untilBlocked(pool, 1)
  await expect(placer.place(intentOf('further'))).rejects.toMatchObject({
    code: 'OVERLOADED',
    retryAfterMs: expect.any(Number),
  })
  await release()
  const placed = await Promise.all(waiting)
  expect(placed.map(({ volume }) => volume.name)).toEqual(['first', 'second', 'third'])
  expect((await keysOnRecord()).toSorted()).toEqual(['first', 'second', 'third'])
  expect((await placer.place(intentOf('further'))).volume.name).toBe('further')
})

test('a request that a transaction has taken is awaited, however long; those behind it are told', async () => {
  const placer = startPlacer(1_000)
  const release = await holdLedger()
  const taken = placer.place(intentOf('taken'))
  await untilBlocked(pool, 1)
  await expect(placer.place(intentOf('behind'))).rejects.toThrow(OverloadedError)
  await release()
  await expect(taken).resolves.toMatchObject({ volume: { name: 'taken' } })
  expect(await keysOnRecord()).toEqual(['taken'])
})

test('a batch that loses its races is not begun again for ever: its callers are told that nothing is stored, and the key is good later', async () => {
  let tries = 0
  const contended: PolicyCache = {
    ...fleet.policies,
    async readDeciding() {
      tries++
      await sleep(150)
      throw new StaleSnapshotError('a poll came in between')
    },
  }
  const reader = createFleetReader(db.database)
  const placer = createGroupPlacement(db.database, reader, contended, db.bus, { maxTakenMs: 100 })
  const answers = await Promise.allSettled(['first', 'second'].map((key) => placer.place(intentOf(key))))
  for (const each of answers) {
    expect(each).toMatchObject({ reason: { code: 'OVERLOADED', retryAfterMs: expect.any(Number) } })
  }
  expect(tries).toBe(1)
  expect(await keysOnRecord()).toEqual([])
  await startPlacer(60_000).place(intentOf('first'))
  expect(await keysOnRecord()).toEqual(['first'])
})

test('P1: a database that accepts and says nothing: the caller hears in time', async () => {
  const sockets = new Set<{ destroy(): void }>()
  const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const database = connectDatabase({ connectionString: `postgresql://nobody@127.0.0.1:${port}/none` })
  const placing = startPlacer(MAX_WAIT_MS, {}, database).place(createIntent())
  await expect(placing).rejects.toThrow(OverloadedError)
  for (const socket of sockets) socket.destroy()
  silent.close()
  await database.close()
})

test('in a queue that moves nobody is told, although the last one waits longer', async () => {
  const placer = startPlacer(1_000)
  const slowing = slowDown(400)
  const startedAt = performance.now()
  const placed = await Promise.all(Array.from({ length: 1_100 }, () => placer.place(createIntent())))
  await slowing.stop()
  expect(placed).toHaveLength(1_100)
  expect(performance.now() - startedAt).toBeGreaterThan(1_000)
}, 60_000)

const REQUESTS = 300

test('P1: while the database is slow by fits, told and placed never mix, and each key makes one volume in the end', async () => {
  const placers = [startPlacer(40), startPlacer(60), startPlacer(80)]
  const answers = new Map<string, PromiseSettledResult<Placed>>()
  const slowing = slowDown(200)
  await Promise.all(
    Array.from({ length: REQUESTS }, async (_, number) => {
      await sleep(3 * number)
      const key = `key-${number}`
      const [answer] = await Promise.allSettled([
        placers[number % 3]?.place(intentOf(key)) as Promise<Placed>,
      ])
      if (answer) answers.set(key, answer)
    }),
  )
  await slowing.stop()
  const placed = [...answers].flatMap(([key, { status }]) => (status === 'fulfilled' ? [key] : []))
  const told = [...answers.values()].flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  expect((await keysOnRecord()).toSorted()).toEqual(placed.toSorted())
  expect(told.length).toBeGreaterThan(0)
  expect(told.filter((error) => !(error instanceof OverloadedError))).toEqual([])

  const patient = startPlacer(60_000)
  const again = await Promise.all([...answers.keys()].map((key) => patient.place(intentOf(key))))
  expect(new Set(again.map(({ volume }) => volume.id)).size).toBe(REQUESTS)
  expect((await keysOnRecord()).toSorted()).toEqual([...answers.keys()].toSorted())
}, 60_000)
