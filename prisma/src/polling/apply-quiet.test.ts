import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
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
import { applyQuiet } from './apply-quiet.ts'
import type { BegunPoll } from './begun-poll.ts'

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
  await pool.query('TRUNCATE event')
})
afterEach(() => assertLedger(pool))

const FREE_BYTES = 7n * TIB

/** As the test fleet's clusters answer, with less room. */
function answerOf(poll: BegunPoll, overrides: Partial<ClusterStatistics> = {}) {
  const statistics: ClusterStatistics = {
    identity: { backendId: `backend-${poll.clusterId}`, name: null, version: '3.1.0', endpoints: [] },
    effectiveBytes: 10n * TIB,
    usedBytes: 3n * TIB,
    freeBytes: FREE_BYTES,
    provisionedBytes: 0n,
    maxReplicas: 3,
    health: 'OK',
    healthMessage: null,
    nodes: [],
    dataPath: null,
    ...overrides,
  }
  return { poll, statistics }
}

const apply = (...polls: Parameters<typeof applyQuiet>[1]) => applyQuiet(db.database, polls)

async function capacity(id = clusterId) {
  const [figures] = await createFleetReader(db.database).capacitiesByClusterIds([id])
  return figures
}

async function events(): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string; subject_id: string }>(
    'SELECT kind, subject_id FROM event',
  )
  return rows.map(({ kind, subject_id }) => `${kind} ${subject_id}`)
}

test('figures, ages and events of many clusters are written together', async () => {
  const other = await fleet.addCluster()
  await pool.query('TRUNCATE event')
  const polls = [await fleet.beginPoll(clusterId), await fleet.beginPoll(other)]
  expect(await apply(...polls.map((poll) => answerOf(poll)))).toEqual([true, true])
  for (const { clusterId: id, startedAt, sequence } of polls) {
    expect(await capacity(id)).toMatchObject({ freeBytes: FREE_BYTES, observedAt: startedAt, sequence })
  }
  expect((await events()).toSorted()).toEqual(
    [clusterId, other].map((id) => `CLUSTER_CHANGED ${id}`).toSorted(),
  )
})

test('what is promised and when the inventory was read stay as they are', async () => {
  await fleet.place(createIntent())
  const before = await capacity()
  await apply(answerOf(await fleet.beginPoll(clusterId)))
  expect(await capacity()).toMatchObject({
    pendingBytes: 2n * GIB,
    inventoryAt: before?.inventoryAt,
    provisionedBytes: 0n,
  })
})

/** Changes something behind the poll's back, and answers what the poll then is said to have seen. */
type Meanwhile = (poll: BegunPoll) => Promise<ReturnType<typeof answerOf>>

test.each<[name: string, meanwhile: Meanwhile]>([
  [
    'a later poll was applied',
    async (poll) => {
      await fleet.observe(clusterId, [])
      return answerOf(poll)
    },
  ],
  [
    'the way to the cluster is another one by now',
    async (poll) => {
      await fleet.clusters.update(clusterId, { endpoints: ['https://127.0.0.1:2'] }, null, newOperation())
      return answerOf(poll)
    },
  ],
  [
    'the cluster was detached',
    async (poll) => {
      await fleet.clusters.detach(clusterId, newOperation())
      return answerOf(poll)
    },
  ],
  [
    'the last poll failed',
    async (poll) => {
      await pool.query('UPDATE cluster SET poll_failures = 1')
      return answerOf(poll)
    },
  ],
  [
    'another cluster answers',
    async (poll) =>
      answerOf(poll, { identity: { ...answerOf(poll).statistics.identity, backendId: 'another' } }),
  ],
  ['its health has changed', async (poll) => answerOf(poll, { health: 'WARNING' })],
  ['a reason for its health is new', async (poll) => answerOf(poll, { healthMessage: '1 node inactive' })],
  [
    'a node has changed',
    async (poll) => answerOf(poll, { nodes: [{ backendId: 'n', name: 'n', state: 'Active' }] }),
  ],
  [
    'its release is another',
    async (poll) => answerOf(poll, { identity: { ...answerOf(poll).statistics.identity, version: '3.2.0' } }),
  ],
  ['what it has provisioned is another sum', async (poll) => answerOf(poll, { provisionedBytes: GIB })],
])('nothing is written, and no event, when %s', async (_name, meanwhile) => {
  const answer = await meanwhile(await fleet.beginPoll(clusterId))
  await pool.query('TRUNCATE event')
  const before = await capacity()
  expect(await apply(answer)).toEqual([false])
  expect(await capacity()).toEqual(before)
  expect(await events()).toEqual([])
})

test('of two polls of one cluster that end together the later counts', async () => {
  const [older, newer] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  await Promise.all([newer, older].map((poll) => fleet.finishPoll(poll, null)))
  expect(await capacity()).toMatchObject({ sequence: newer.sequence, observedAt: newer.startedAt })
})

test('a cluster that a placement holds is passed over at once, the others are written', async () => {
  const other = await fleet.addCluster()
  const polls = [await fleet.beginPoll(clusterId), await fleet.beginPoll(other)]
  const holder = await pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('UPDATE cluster_capacity SET pending_bytes = pending_bytes WHERE cluster_id = $1', [
      clusterId,
    ])
    expect(await apply(...polls.map((poll) => answerOf(poll)))).toEqual([false, true])
  } finally {
    await holder.query('ROLLBACK')
    holder.release()
  }
})

test('a quiet poll that is passed over is applied all the same, by the way of a single one', async () => {
  const poll = await fleet.beginPoll(clusterId)
  const outcome = await fleet.finishPoll(poll, null, { health: 'WARNING' })
  expect(outcome.outcome).toBe('APPLIED')
  expect(await capacity()).toMatchObject({ sequence: poll.sequence })
  const [cluster] = await createFleetReader(db.database).clustersByIds([clusterId])
  expect(cluster).toMatchObject({ health: 'WARNING' })
})

test('rule 10: what one cluster says and PostgreSQL cannot store fails the poll of no other', async () => {
  const other = await fleet.addCluster()
  const polls = [await fleet.beginPoll(clusterId), await fleet.beginPoll(other)] as const
  const [odd, ordinary] = await Promise.allSettled([
    fleet.finishPoll(polls[0], null, { healthMessage: 'node\u0000' }),
    fleet.finishPoll(polls[1], null, { freeBytes: FREE_BYTES }),
  ])
  expect(odd).toMatchObject({ status: 'rejected' })
  expect(ordinary).toMatchObject({ status: 'fulfilled', value: { outcome: 'APPLIED' } })
  expect(await capacity(other)).toMatchObject({ freeBytes: FREE_BYTES, sequence: polls[1].sequence })
})
