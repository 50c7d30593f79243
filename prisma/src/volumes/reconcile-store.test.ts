import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { ReconcileStore } from '@flotilla/core/ports/reconcile-store'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPolicyCache } from '../policies/policy-cache.ts'
import { recordPollFailure } from '../polling/record-poll-failure.ts'
import { createServiceKeyStore } from '../secrets/service-key-store.ts'
import { createVault } from '../secrets/vault.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  newOperation,
  STEADY_MS,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createReconcileStore } from './reconcile-store.ts'
import { createVolumeStore } from './volume-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let store: ReconcileStore
let clusterId: ClusterId

const vault = createVault([Buffer.alloc(32, 7).toString('base64')])
const openStore = (database = db.connect()) =>
  createReconcileStore(database, vault, createServiceKeyStore(database, vault), createPolicyCache())

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  store = openStore(db.database)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})
afterEach(() => assertLedger(pool))

const place = async () => (await fleet.place(createIntent())).volume
const takeDue = async (perCluster = 100, busy: readonly ClusterId[] = []) =>
  (await store.takeDue(perCluster, busy)).map(({ id }) => id)
const expireLeases = () => pool.query(`UPDATE volume SET leased_until = now() - interval '1 s'`)
const makeAllDue = () => pool.query(`UPDATE volume SET next_reconcile_at = now() - interval '1 s'`)

const UNREACHABLE = { outcome: 'UNAVAILABLE', reason: 'CONNECT', message: 'cannot be reached' } as const

const postponed = (createUnknown: boolean) => ({
  kind: 'POSTPONED' as const,
  error: { code: 'TIMEOUT', message: 'no answer' },
  delayMs: 0,
  createUnknown,
  changeAsked: false,
})

/** Runs `work` while another transaction holds these volumes, which then ends with `last`. */
const whileHeld = (ids: readonly VolumeId[], work: () => Promise<unknown>, last?: string) =>
  whileLocked('volume', 'id', ids, work, last)

async function whileLocked<T>(
  table: string,
  key: string,
  ids: readonly string[],
  work: () => Promise<T>,
  last = 'SELECT 1',
): Promise<T> {
  const holder = await pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query(`SELECT 1 FROM ${table} WHERE ${key} = ANY ($1) FOR UPDATE`, [ids])
    const outcome = await work()
    await holder.query(last)
    return outcome
  } finally {
    await holder.query('COMMIT')
    holder.release()
  }
}

/** The transaction that last wrote the volume. */
async function writerOf(id: VolumeId | undefined): Promise<string> {
  const { rows } = await pool.query('SELECT xmin::text AS writer FROM volume WHERE id = $1', [id])
  return rows[0].writer
}

async function createUnknownAt(id: VolumeId): Promise<Date | null> {
  const { rows } = await pool.query('SELECT create_unknown_at FROM volume WHERE id = $1', [id])
  return rows[0].create_unknown_at
}

test('a lease tells what is wanted and how the cluster is reached, and marks the operation as running', async () => {
  const wanted = await place()
  const lease = await fleet.lease(wanted.id)
  expect(lease).toMatchObject({
    volumeId: wanted.id,
    clusterId,
    driver: 'lightos',
    clusterAnswers: true,
    state: 'CREATING',
    sizeBytes: wanted.sizeBytes,
    replicas: wanted.replicas,
    compression: false,
    qosPolicy: null,
    labels: {},
    ownBackendName: wanted.backendName,
    createUnknownAt: null,
  })
  expect(await lease.openAccess()).toMatchObject({ credential: { kind: 'TOKEN', token: 'secret' } })
  const { rows } = await pool.query('SELECT state, started_at FROM operation WHERE volume_id = $1', [
    wanted.id,
  ])
  expect(rows).toMatchObject([{ state: 'RUNNING', started_at: expect.any(Date) }])
})

test('subscribers are told once that an operation has begun, of many in one statement as of one', async () => {
  const wanted = [await place(), await place(), await place()]
  const toldSince = async (begin: bigint) => {
    const { rows } = await pool.query<{ id: string; transaction: string }>(
      `SELECT volume_id AS id, transaction::text FROM event JOIN operation ON operation.id = subject_id
       WHERE event.kind = 'OPERATION_CHANGED' AND sequence > $1`,
      [begin],
    )
    return rows
  }
  const { rows } = await pool.query<{ last: bigint }>('SELECT max(sequence) AS last FROM event')
  const begin = rows[0]?.last ?? 0n
  await Promise.all(wanted.map(({ id }) => store.lease(id)))
  const told = await toldSince(begin)
  expect(told.map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted())
  expect(new Set(told.map(({ transaction }) => transaction)).size).toBe(1)
  await expireLeases()
  await Promise.all(wanted.map(({ id }) => store.lease(id)))
  expect(await toldSince(begin)).toHaveLength(3)
})

test('of many workers that want one volume exactly one gets it', async () => {
  const wanted = await place()
  const stores = [openStore(), openStore(), openStore()]
  const leases = await Promise.all(
    [...stores, ...stores, ...stores, ...stores].map((each) => each.lease(wanted.id)),
  )
  expect(leases.filter((lease) => lease !== null)).toHaveLength(1)
})

test('a lease that ran out goes to another; the former holder has lost it', async () => {
  const wanted = await place()
  const former = await fleet.lease(wanted.id)
  await expireLeases()
  const present = await fleet.lease(wanted.id)
  expect(present.leaseNumber).toBe(former.leaseNumber + 1n)
  const backend = backendVolume(wanted)
  expect(await fleet.settle(former, { kind: 'PRESENT', backend })).toBe('LOST')
  expect(await fleet.settle(former, { kind: 'GIVEN_UP', error: { code: 'X', message: 'x' } })).toBe('LOST')
  expect(await fleet.settle(former, postponed(false))).toBe('LOST')
  expect(await store.lease(wanted.id)).toBeNull()
  expect(await fleet.settle(present, { kind: 'PRESENT', backend })).toBe('SETTLED')
})

test('nothing at rest is leased, nor what is unknown', async () => {
  const present = await fleet.addVolume()
  expect(await store.lease(present.id)).toBeNull()
  expect(await store.lease('vol_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77')).toBeNull()
})

test('from the moment a create may be sent it counts as sent, until the worker says that it was not', async () => {
  const wanted = await place()
  const first = await fleet.lease(wanted.id)
  expect(await createUnknownAt(wanted.id)).not.toBeNull()
  await fleet.settle(first, postponed(false))
  expect(await createUnknownAt(wanted.id)).toBeNull()
})

test('a create without an answer is remembered with its time, also by a lease that sends none itself', async () => {
  const wanted = await place()
  const sending = await fleet.lease(wanted.id)
  await fleet.settle(sending, postponed(true))
  const sentAt = await createUnknownAt(wanted.id)
  expect(sentAt).not.toBeNull()
  const looking = await fleet.lease(wanted.id)
  expect(looking.createUnknownAt).toEqual(sentAt)
  await fleet.settle(looking, postponed(false))
  expect((await fleet.lease(wanted.id)).createUnknownAt).toEqual(sentAt)
})

test('a worker that dies with a lease leaves behind that it may have sent a create', async () => {
  const wanted = await place()
  await fleet.lease(wanted.id)
  await expireLeases()
  expect((await fleet.lease(wanted.id)).createUnknownAt).not.toBeNull()
})

const restore = () => pool.query(`UPDATE volume SET state = 'RESTORING'`)

test('a restore without an answer is remembered with its time, also by leases that ask for none, until the volume is settled', async () => {
  const own = await fleet.addVolume()
  await restore()
  const unanswered = await fleet.lease(own.id)
  expect(unanswered.restoreUnknownAt).toBeNull()
  await fleet.settle(unanswered, { ...postponed(false), restoreUnknown: true })
  const answered = await fleet.lease(own.id)
  const { restoreUnknownAt: sentAt } = answered
  expect(sentAt).toEqual(expect.any(Date))
  await fleet.settle(answered, { ...postponed(false), changeTaken: true })
  await fleet.lease(own.id)
  await expireLeases()
  const last = await fleet.lease(own.id)
  expect(last.restoreUnknownAt).toEqual(sentAt)
  await fleet.settle(last, { kind: 'PRESENT', backend: backendVolume(own) })
  await restore()
  expect((await fleet.lease(own.id)).restoreUnknownAt).toBeNull()
})

test('a worker that dies with a lease of a restore leaves behind that it may have asked for it', async () => {
  const own = await fleet.addVolume()
  await restore()
  await fleet.lease(own.id)
  await expireLeases()
  expect((await fleet.lease(own.id)).restoreUnknownAt).toEqual(expect.any(Date))
})

test('what is due is taken once, however many sweep at the same moment', async () => {
  const placed = await Promise.all(Array.from({ length: 6 }, place))
  await makeAllDue()
  const sweeps = await Promise.all(Array.from({ length: 12 }, openStore).map((each) => each.takeDue(100, [])))
  const left = await store.takeDue(100, [])
  expect([...sweeps.flat(), ...left].map(({ id }) => id).toSorted()).toEqual(
    placed.map(({ id }) => id).toSorted(),
  )
})

test('a sweep does not wait for a volume that somebody holds; it is due the next time', async () => {
  const [held, free] = [await place(), await place()]
  await makeAllDue()
  await whileHeld([held.id], async () => expect(await takeDue()).toEqual([free.id]))
  expect(await takeDue()).toEqual([held.id])
})

test('a lease that had to wait for another transaction tells what that one left behind', async () => {
  const wanted = await place()
  let leasing: Promise<VolumeLease | null> | undefined
  await whileHeld(
    [wanted.id],
    async () => {
      leasing = store.lease(wanted.id)
      await untilBlocked(pool, 1)
    },
    `UPDATE volume SET create_unknown_at = now() - interval '1 min', lease_number = lease_number + 1`,
  )
  const lease = await leasing
  expect(lease?.leaseNumber).toBe(2n)
  expect(lease?.createUnknownAt).toEqual(expect.any(Date))
})

test('leases and successes of one moment are written together; who is held by another keeps nobody waiting', async () => {
  const volumes = await Promise.all(Array.from({ length: 8 }, place))
  const [held, ...others] = volumes
  if (!held) throw new Error('nothing was placed')
  const leases = await Promise.all(volumes.map(({ id }) => fleet.lease(id)))
  const settling = leases.map((lease, index) =>
    fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(volumes[index] as Volume) }),
  )
  await whileHeld([held.id], async () => {
    expect(await Promise.all(settling.slice(1))).toEqual(others.map(() => 'SETTLED'))
    await untilBlocked(pool, 1)
  })
  expect(await settling[0]).toBe('SETTLED')
  const { rows } = await pool.query('SELECT DISTINCT state, xmin = $1::xid AS together FROM volume', [
    await writerOf(others[0]?.id),
  ])
  expect(rows).toHaveLength(2)
  expect(rows).toEqual(
    expect.arrayContaining([
      { state: 'AVAILABLE', together: true },
      { state: 'AVAILABLE', together: false },
    ]),
  )
  const operations = await pool.query('SELECT DISTINCT state FROM operation WHERE volume_id IS NOT NULL')
  expect(operations.rows).toEqual([{ state: 'SUCCEEDED' }])
})

test('deletions of one moment are written together; a ledger row that is held keeps its own cluster waiting only', async () => {
  const volumes = await Promise.all(Array.from({ length: 4 }, place))
  await fleet.clusters.update(clusterId, { adminState: 'CORDONED' }, null, newOperation())
  await fleet.addCluster()
  const onOther = await place()
  const deleted = [...volumes, onOther].map(({ id }) => id)
  const volumeStore = createVolumeStore(db.database, db.bus)
  await Promise.all(deleted.map((id) => volumeStore.requestDeletion(id, newOperation(), null, false)))
  const leases = await Promise.all(deleted.map((id) => fleet.lease(id)))
  const settle = () => leases.map((lease) => fleet.settle(lease, { kind: 'ABSENT' }))
  const settling = await whileLocked('cluster_capacity', 'cluster_id', [clusterId], async () => {
    const outcomes = settle()
    expect(await outcomes.at(-1)).toBe('SETTLED')
    await untilBlocked(pool, 1)
    return outcomes
  })
  expect(await Promise.all(settling)).toEqual(deleted.map(() => 'SETTLED'))
  const { rows } = await pool.query(
    'SELECT DISTINCT state, observed_state, deleted_at IS NOT NULL AS told FROM volume',
  )
  expect(rows).toEqual([{ state: 'DELETED', observed_state: null, told: true }])
  expect(new Set(await Promise.all(volumes.map(({ id }) => writerOf(id))))).toHaveLength(1)
  const operations = await pool.query(`SELECT DISTINCT state FROM operation WHERE kind = 'DELETE_VOLUME'`)
  expect(operations.rows).toEqual([{ state: 'SUCCEEDED' }])
})

test('what finds no place is put off together, and each forgets only what its own lease has not sent', async () => {
  const [asked, fresh] = [await place(), await place()]
  await fleet.settle(await fleet.lease(asked.id), postponed(true))
  const sentAt = await createUnknownAt(asked.id)
  const leases = await Promise.all([asked.id, fresh.id].map((id) => fleet.lease(id)))
  const unbegun = { ...postponed(false), error: null }
  expect(await Promise.all(leases.map((lease) => fleet.settle(lease, unbegun)))).toEqual([
    'SETTLED',
    'SETTLED',
  ])
  expect(await writerOf(asked.id)).toBe(await writerOf(fresh.id))
  expect([await createUnknownAt(asked.id), await createUnknownAt(fresh.id)]).toEqual([sentAt, null])
  expect((await takeDue()).toSorted()).toEqual([asked.id, fresh.id].toSorted())
})

test('what was just placed is left to its own job; what is leased or at rest is not due', async () => {
  await place()
  expect(await takeDue()).toEqual([])
  await fleet.addVolume()
  const leased = await place()
  await fleet.lease(leased.id)
  await makeAllDue()
  expect(await takeDue()).not.toContain(leased.id)
})

test('a cluster with much to do does not crowd out the others', async () => {
  await Promise.all(Array.from({ length: 8 }, place))
  await fleet.clusters.update(clusterId, { adminState: 'CORDONED' }, null, newOperation())
  const other = await fleet.addCluster()
  const onOther = await place()
  expect(onOther.clusterId).toBe(other)
  await makeAllDue()
  const taken = await takeDue(3)
  expect(taken).toHaveLength(4)
  expect(taken).toContain(onOther.id)
})

test('a cluster that is still worked on is left alone, and its work stays due', async () => {
  const { id } = await place()
  await makeAllDue()
  expect(await takeDue(100, [clusterId])).toEqual([])
  expect(await takeDue()).toEqual([id])
})

test('rule 9: what waits for a cluster that does not answer is left alone, and due in the moment in which it does, steady or not', async () => {
  const { id } = await place()
  const fail = async () =>
    recordPollFailure(db.database, await fleet.beginPoll(clusterId), UNREACHABLE, 15_000, STEADY_MS)
  const isTakenUp = async () => {
    await makeAllDue()
    const taken = await takeDue()
    const lease = await fleet.lease(id)
    await fleet.settle(lease, { ...postponed(false), error: null })
    expect(lease.clusterAnswers).toBe(taken.length === 1)
    return lease.clusterAnswers
  }
  expect(await isTakenUp()).toBe(true)
  await fail()
  expect(await isTakenUp()).toBe(true)
  for (const connection of ['CONNECTED', 'DISCONNECTED']) {
    await fail()
    await fail()
    expect(await isTakenUp()).toBe(false)
    await fleet.observe(clusterId, [])
    const { rows } = await pool.query('SELECT connection FROM cluster')
    expect(rows).toEqual([{ connection }])
    expect(await isTakenUp()).toBe(true)
  }
  await pool.query(`UPDATE cluster SET connection = 'QUARANTINED'`)
  expect(await isTakenUp()).toBe(false)
})

test('a lease needs no answer of the cluster: a detached one has no volumes to lease', async () => {
  const wanted = await place()
  await expect(fleet.clusters.detach(clusterId, newOperation())).rejects.toMatchObject({
    code: 'INVALID_STATE',
  })
  expect((await fleet.lease(wanted.id)).clusterId).toBe(clusterId)
})
