import type { ClusterId } from '@flotilla/core/identity/ids'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, newOperation, STEADY_MS, type TestFleet } from '../testing/test-fleet.ts'
import type { BegunPoll } from './begun-poll.ts'
import { recordPollFailure } from './record-poll-failure.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let clusterId: ClusterId

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close(), 60_000)
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})

const TIMED_OUT = new DriverError('UNAVAILABLE', 'TIMEOUT', 'did not answer')
const WRONG_CLUSTER = new DriverError('UNAVAILABLE', 'WRONG_CLUSTER', 'leads to cluster another')
const UNAUTHORIZED = new DriverError('UNAUTHORIZED', 'UNAUTHENTICATED', 'does not know the token')

type End = (poll: BegunPoll) => Promise<unknown>

const failing =
  (error: DriverError): End =>
  (poll) =>
    recordPollFailure(db.database, poll, error, 15_000, STEADY_MS)

/** Each way in which a poll may end. */
const ENDS: readonly (readonly [name: string, end: End])[] = [
  ['an inventory', (poll) => fleet.finishPoll(poll, [])],
  ['the statistics as before', (poll) => fleet.finishPoll(poll, null)],
  ['other statistics', (poll) => fleet.finishPoll(poll, null, { health: 'WARNING' })],
  ['another identity', (poll) => fleet.finishPoll(poll, [], { backendId: 'another' })],
  ['no answer', failing(TIMED_OUT)],
  ['a connection to another cluster', failing(WRONG_CLUSTER)],
  ['a credential that is refused', failing(UNAUTHORIZED)],
]
const ORDERS = ENDS.flatMap(([newer, endNewer]) =>
  ENDS.map(([older, endOlder]) => [older, newer, endOlder, endNewer] as const),
)

/** All that polls write of a cluster, and what was told of it. */
async function records() {
  const { rows } = await pool.query(
    `SELECT cluster, capacity, (SELECT count(*) FROM event WHERE subject_id = $1) AS events
     FROM cluster LEFT JOIN cluster_capacity AS capacity ON cluster_id = id WHERE id = $1`,
    [clusterId],
  )
  return rows
}

async function connection() {
  const { rows } = await pool.query('SELECT connection, poll_failures FROM cluster WHERE id = $1', [
    clusterId,
  ])
  return rows[0]
}

async function countEvents(): Promise<number> {
  const { rows } = await pool.query(
    `SELECT 1 FROM event WHERE kind = 'CLUSTER_CHANGED' AND subject_id = $1`,
    [clusterId],
  )
  return rows.length
}

test.each(ORDERS)(
  'X2, rule 6: %s, told after a later poll met %s, changes nothing',
  async (_o, _n, endOlder, endNewer) => {
    const [older, newer] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
    await endNewer(newer)
    const before = await records()
    await endOlder(older)
    expect(await records()).toEqual(before)
  },
)

test('a poll that was written and is told to have failed, as its answer was lost, has not failed', async () => {
  const poll = await fleet.beginPoll(clusterId)
  await fleet.finishPoll(poll, [])
  const before = await records()
  await failing(TIMED_OUT)(poll)
  expect(await records()).toEqual(before)
})

test('a failure that is told twice counts once', async () => {
  const poll = await fleet.beginPoll(clusterId)
  await failing(TIMED_OUT)(poll)
  await failing(TIMED_OUT)(poll)
  expect(await connection()).toEqual({ connection: 'CONNECTED', poll_failures: 1 })
})

test('rule 8: two polls that both began while the cluster answered, and fail, lose it, and that is told', async () => {
  const polls = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  const before = await countEvents()
  for (const poll of polls) await failing(TIMED_OUT)(poll)
  expect(await connection()).toEqual({ connection: 'DISCONNECTED', poll_failures: 2 })
  expect(await countEvents()).toBe(before + 1)
})

test('rule 6: a poll that began while the cluster answered does not make a quarantined one connected by failing', async () => {
  const [older, newer] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  await failing(WRONG_CLUSTER)(older)
  const before = await countEvents()
  await failing(TIMED_OUT)(newer)
  expect(await connection()).toEqual({ connection: 'DISCONNECTED', poll_failures: 2 })
  expect(await countEvents()).toBe(before + 1)
})

test('a refresh whose poll was overtaken by a failure ends with that failure', async () => {
  await fleet.clusters.requestRefresh(clusterId, newOperation())
  const [older, newer] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  await failing(TIMED_OUT)(newer)
  await fleet.finishPoll(older, [])
  const { rows } = await pool.query(`SELECT state, error_code FROM operation WHERE kind = 'REFRESH_CLUSTER'`)
  expect(rows).toEqual([{ state: 'FAILED', error_code: 'TIMEOUT' }])
})
