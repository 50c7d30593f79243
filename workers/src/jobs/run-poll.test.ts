import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { createServiceKeyStore } from '@flotilla/prisma/secrets/service-key-store'
import { createVault } from '@flotilla/prisma/secrets/vault'
import { startTestDatabase, type TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { createTestFleet, newOperation, type TestFleet } from '@flotilla/prisma/testing/test-fleet'
import { untilBlocked } from '@flotilla/prisma/testing/until-blocked'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPollRecords } from '../poll-records.ts'
import { APPLIED, pollDependencies } from '../testing/poll-dependencies.ts'
import { runPoll } from './run-poll.ts'

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close(), 60_000)

const POLL = {
  clusterId: 'cls_1' as ClusterId,
  connection: 'CONNECTED',
  failures: 0,
  inventoryDue: true,
  furtherProjects: [],
  last: { reportedBytes: 0n, pendingBytes: 0n },
} as unknown as BegunPoll

const pgError = (code: string) => Object.assign(new Error(`error ${code}`), { code })
const unreachable = new DriverError('UNAVAILABLE', 'CONNECT', 'refused the connection', {
  cause: pgError('ECONNREFUSED'),
})

/** The reasons of the failures that a poll leaves when its writing throws this. */
async function failuresAfter(error: Error): Promise<readonly string[]> {
  const reasons: string[] = []
  const polls = {
    apply: () => Promise.reject(error),
    fail: async (_poll: BegunPoll, { reason }: { readonly reason: string }) => void reasons.push(reason),
  }
  await runPoll(pollDependencies(polls), POLL)
  return reasons
}

test.each<[name: string, error: Error, reasons: readonly string[]]>([
  ['the connection was cut', new Error('Connection terminated unexpectedly'), []],
  ['the pool had no connection in time', new Error('timeout exceeded when trying to connect'), []],
  ['a statement took too long', pgError('57014'), []],
  ['there was no space on the disk', pgError('53100'), []],
  ['it lost its races, all of them', pgError('40P01'), []],
  ['a figure does not fit', pgError('22003'), ['FAULT']],
  ['the cluster was not reached', unreachable, ['CONNECT']],
])('rule 6: what a poll leaves of its cluster when %s', async (_name, error, reasons) => {
  expect(await failuresAfter(error)).toEqual(reasons)
})

test('findings that cannot be written are no failure of the poll, and the inventory is read again soon', async () => {
  const failed: unknown[] = []
  const reconciled: VolumeId[] = []
  const nudged: ClusterId[] = []
  const leftovers = ['vol_1' as VolumeId]
  const polls = {
    apply: async () => ({ ...APPLIED, leftovers, seen: { ours: new Map(), foreign: [] } }),
    recordFindings: () => Promise.reject(pgError('57014')),
    fail: async (poll: BegunPoll) => void failed.push(poll),
  }
  const dependencies = pollDependencies(polls)
  dependencies.nudges.nudge = (id) => void nudged.push(id)
  dependencies.jobs.reconcileVolumes = (ids) => void reconciled.push(...ids)
  await runPoll(dependencies, POLL)
  expect({ failed, reconciled, nudged }).toEqual({ failed: [], reconciled: leftovers, nudged: ['cls_1'] })
})

test('volumes of ours that should not be there are counted in the log, and only the first are named', async () => {
  const told: unknown[] = []
  const strays = Array.from({ length: 20_000 }, (_, index) => `vol_${index}` as VolumeId)
  const dependencies = pollDependencies({ apply: async () => ({ ...APPLIED, strays }) })
  dependencies.log.warn = (details: unknown) => void told.push(details)
  await runPoll(dependencies, POLL)
  expect(told).toEqual([{ count: 20_000, first: strays.slice(0, 10) }])
})

test.each<[name: string, begin: () => Promise<ClusterId>, kind: string]>([
  ['registered a moment ago', () => fleet.register(), 'REGISTER_CLUSTER'],
  [
    'to be looked at again',
    async () => {
      const id = await fleet.addCluster({ backendId: 'backend' })
      await fleet.clusters.requestRefresh(id, newOperation())
      return id
    },
    'REFRESH_CLUSTER',
  ],
])(
  'P1, rule 10: a database whose connection is cut as a poll is written takes nothing from a cluster that was %s',
  async (_name, begin, kind) => {
    await db.empty()
    const { pool } = db.database
    const clusterId = await begin()
    const vault = createVault([Buffer.alloc(32, 7).toString('base64')])
    const polls = createPollRecords(db.database, vault, createServiceKeyStore(db.database, vault))
    const dependencies = pollDependencies(polls)
    const stateOf = async () => {
      const clusters = await pool.query('SELECT * FROM cluster WHERE id = $1', [clusterId])
      const operations = await pool.query('SELECT state FROM operation WHERE cluster_id = $1 AND kind = $2', [
        clusterId,
        kind,
      ])
      return { cluster: clusters.rows[0], operations: operations.rows }
    }
    const poll = await fleet.beginPoll(clusterId)
    const before = await stateOf()
    expect(before.operations).toEqual([{ state: 'PENDING' }])

    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM cluster WHERE id = $1 FOR UPDATE', [clusterId])
    const polling = runPoll(dependencies, poll)
    await untilBlocked(pool, 1)
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    await holder.query('ROLLBACK')
    holder.release()
    await polling
    expect(await stateOf()).toEqual(before)

    await runPoll(dependencies, await fleet.beginPoll(clusterId))
    expect(await stateOf()).toMatchObject({
      cluster: { connection: 'CONNECTED' },
      operations: [{ state: 'SUCCEEDED' }],
    })
  },
)
