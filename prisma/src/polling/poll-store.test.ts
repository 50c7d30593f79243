import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createServiceKeyStore } from '../secrets/service-key-store.ts'
import { createVault } from '../secrets/vault.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { backendVolume, createTestFleet, GIB, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { createPollStore } from './poll-store.ts'

const INTERVAL_MS = 15_000
const WHOLE_FLEET = { index: 0, count: 1 }

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

function openStore() {
  const database = db.connect()
  const vault = createVault([Buffer.alloc(32, 7).toString('base64')])
  return createPollStore(database, vault, createServiceKeyStore(database, vault))
}

test('what is due is begun once, however many workers look at the same moment', async () => {
  const ids = [await fleet.register(), await fleet.register(), await fleet.register()]
  const begun = await Promise.all([1, 2, 3, 4].map(() => openStore().beginDue(WHOLE_FLEET, INTERVAL_MS)))
  expect(
    begun
      .flat()
      .map((poll) => poll.clusterId)
      .toSorted(),
  ).toEqual(ids.toSorted())
  expect(await fleet.polls.beginDue(WHOLE_FLEET, INTERVAL_MS)).toEqual([])
})

test('the shards share the fleet without rest and without overlap', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => fleet.register()))
  const shards = await Promise.all(
    [0, 1, 2].map((index) => fleet.polls.beginDue({ index, count: 3 }, INTERVAL_MS)),
  )
  expect(
    shards
      .flat()
      .map((poll) => poll.clusterId)
      .toSorted(),
  ).toEqual(ids.toSorted())
})

test('each poll has a higher number than the one before, also when several begin at once', async () => {
  const id = await fleet.register()
  const polls = await Promise.all(Array.from({ length: 8 }, () => fleet.beginPoll(id)))
  expect(polls.map((poll) => poll.sequence).toSorted((a, b) => Number(a - b))).toEqual([
    1n,
    2n,
    3n,
    4n,
    5n,
    6n,
    7n,
    8n,
  ])
})

test('a poll knows what was reported and pending at the last look, and whether an inventory is due', async () => {
  const id = await fleet.register()
  expect(await fleet.beginPoll(id)).toMatchObject({
    last: null,
    inventoryDue: true,
    failures: 0,
    connection: 'PENDING',
  })
  await fleet.observe(id, [])
  const next = await fleet.beginPoll(id)
  expect(next).toMatchObject({
    last: { reportedBytes: 0n, pendingBytes: 0n },
    inventoryDue: false,
    connection: 'CONNECTED',
  })
  await fleet.clusters.requestRefresh(id, newOperation())
  expect((await fleet.beginPoll(id)).inventoryDue).toBe(true)
})

test('what lost volumes owe calls for no inventory; one that comes back shows in what is reported', async () => {
  const id = await fleet.addCluster()
  const lost = backendVolume(await fleet.addVolume())
  await fleet.observe(id, [lost])
  await fleet.observe(id, [])
  const { rows } = await pool.query(
    'SELECT state, pending_bytes FROM volume JOIN cluster_capacity USING (cluster_id)',
  )
  expect(rows).toEqual([{ state: 'MISSING', pending_bytes: 2n * GIB }])
  expect(await fleet.beginPoll(id)).toMatchObject({ last: { reportedBytes: 0n, pendingBytes: 0n } })
  await fleet.addVolume({ sizeBytes: 3n * GIB, replicas: 1 })
  expect(await fleet.beginPoll(id)).toMatchObject({ last: { pendingBytes: 3n * GIB } })
})

test('a further project of the cluster is asked for as long as anything of ours is there', async () => {
  const id = await fleet.addCluster()
  await fleet.addVolume()
  const further = async (change: string) => {
    await pool.query(change)
    return (await fleet.beginPoll(id)).furtherProjects
  }
  expect(await further(`UPDATE volume SET backend_project = 'theirs'`)).toEqual(['theirs'])
  expect(await further(`UPDATE volume SET state = 'MISSING'`)).toEqual(['theirs'])
  expect(await further(`UPDATE volume SET state = 'DELETED', observed_bytes = 1`)).toEqual(['theirs'])
  expect(await further('UPDATE volume SET observed_bytes = 0')).toEqual([])
  await pool.query(
    `INSERT INTO snapshot (id, volume_id, project, name, state, cluster_id, backend_name, size_bytes, replicas, compression)
     SELECT 'snp_1', id, project, name, 'AVAILABLE', cluster_id, 'snapshot', size_bytes, replicas, false FROM volume`,
  )
  expect(await further(`UPDATE snapshot SET state = 'MISSING'`)).toEqual(['theirs'])
  expect(await further(`UPDATE snapshot SET state = 'DELETED', observed_state = 'AVAILABLE'`)).toEqual([
    'theirs',
  ])
  expect(await further('UPDATE snapshot SET observed_state = NULL')).toEqual([])
})

test('an inventory that a poll was begun for is due until one has been read', async () => {
  const id = await fleet.addCluster()
  expect(await fleet.polls.begin(id, INTERVAL_MS, false)).toMatchObject({ inventoryDue: false })
  const poll = await fleet.polls.begin(id, INTERVAL_MS, true)
  expect(poll).toMatchObject({ inventoryDue: true })
  await fleet.observe(id, null)
  expect(await fleet.beginPoll(id)).toMatchObject({ inventoryDue: true })
  await fleet.observe(id, [])
  expect(await fleet.beginPoll(id)).toMatchObject({ inventoryDue: false })
})

test('rule 9: where another sum calls for an inventory that has no place, it is due at the next poll', async () => {
  const id = await fleet.addCluster()
  await fleet.observe(id, null, { provisionedBytes: GIB, isInventoryOwed: true })
  expect(await fleet.beginPoll(id)).toMatchObject({ inventoryDue: true, last: { reportedBytes: GIB } })
})

test('a refresh waits for an inventory that is owed', async () => {
  const id = await fleet.addCluster()
  await fleet.clusters.requestRefresh(id, newOperation())
  await fleet.observe(id, null, { isInventoryOwed: true })
  const { rows } = await pool.query(`SELECT state FROM operation WHERE kind = 'REFRESH_CLUSTER'`)
  expect(rows).toEqual([{ state: 'PENDING' }])
  expect(await fleet.beginPoll(id)).toMatchObject({ inventoryDue: true })
})

test('what is held is not begun by who looks for due polls, until its holder has been silent for as long', async () => {
  const id = await fleet.register()
  const poll = await fleet.beginPoll(id)
  const due = async () => {
    await pool.query(`UPDATE cluster SET next_poll_at = next_poll_at - interval '20 s'`)
    return fleet.polls.beginDue(WHOLE_FLEET, INTERVAL_MS)
  }
  await fleet.polls.holdNext(poll, 30_000)
  expect(await due()).toEqual([])
  expect(await due()).toMatchObject([{ clusterId: id }])
  await fleet.polls.holdNext(poll, 30_000)
  expect(await due(), 'a later poll was begun').toMatchObject([{ clusterId: id }])
})

test.each(['beginDue', 'beginOverdue'] as const)(
  'rule 6: %s takes what the clock was set back for, and leaves what a cluster has asked to wait',
  async (begin) => {
    const id = await fleet.register()
    const aheadBy = async (seconds: number) => {
      await pool.query('UPDATE cluster SET next_poll_at = clock_timestamp() + make_interval(secs => $1)', [
        seconds,
      ])
      return begin === 'beginDue'
        ? fleet.polls.beginDue(WHOLE_FLEET, INTERVAL_MS)
        : fleet.polls.beginOverdue(INTERVAL_MS, INTERVAL_MS)
    }
    expect(await aheadBy(60)).toEqual([])
    expect(await aheadBy(3_600)).toMatchObject([{ clusterId: id }])
    const { rows } = await pool.query(
      `SELECT next_poll_at <= clock_timestamp() + interval '15 s' AS "isNear" FROM cluster`,
    )
    expect(rows).toEqual([{ isNear: true }])
  },
)

test('what left the fleet is not polled', async () => {
  const id = await fleet.register()
  await fleet.clusters.detach(id, newOperation())
  expect(await fleet.polls.begin(id, INTERVAL_MS, true)).toBeNull()
  expect(await fleet.polls.beginDue(WHOLE_FLEET, INTERVAL_MS)).toEqual([])
  const { rows } = await pool.query('SELECT credential_sealed FROM cluster')
  expect(rows).toEqual([{ credential_sealed: null }])
})
