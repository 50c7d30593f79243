import type { ClusterId, SnapshotId } from '@flotilla/core/identity/ids'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { createFindingStore } from '../findings/finding-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { openSnapshotLeases } from '../testing/open-snapshot-leases.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  newOperation,
  type TestFleet,
  updateIntent,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { settleWithin } from '../volumes/settle-lease.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import type { SnapshotLeaseStore } from './snapshot-lease-store.ts'
import { createSnapshotStore } from './snapshot-store.ts'

const MINUTE_MS = 60_000
const LINGERS = { kind: 'LINGERS' } as const
const ERROR = { code: 'REFUSED', message: 'no' }

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let leases: SnapshotLeaseStore
let clusterId: ClusterId
let volume: Volume
let snapshot: Snapshot

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  leases = openSnapshotLeases(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
  volume = await fleet.addVolume()
  snapshot = await takeSnapshot()
})

const snapshots = () => createSnapshotStore(db.database, db.bus)
const volumes = () => createVolumeStore(db.database, db.bus)

async function takeSnapshot(): Promise<Snapshot> {
  const wanted = { volumeId: volume.id, name: 'source', labels: {}, retentionSeconds: null }
  const { snapshot: own } = await snapshots().create(
    { ...wanted, id: uuidIds.next('Snapshot') },
    newOperation(),
  )
  await leases.settle(await lease(own.id), { kind: 'PRESENT', backend: listed(own, 'AVAILABLE') })
  return own
}

function listed(
  { backendName, sizeBytes }: Snapshot,
  state: BackendSnapshot['state'] = 'DELETING',
): BackendSnapshot {
  const backendId = `backend-${backendName}`
  const volumeId = backendVolume(volume).backendId
  return { backendId, name: backendName, project: 'default', volumeId, sizeBytes, state, etag: null }
}

const cloned = () => ({ source: { snapshotId: snapshot.id, volumeId: null } })
const addClone = () => fleet.addVolume(cloned())

async function lease(id: SnapshotId = snapshot.id) {
  const taken = await leases.lease(id)
  if (!taken) throw new Error(`${id} is at rest or taken`)
  return taken
}

/** As a worker leaves it whose cluster has it still. */
const look = async () => leases.settle(await lease(), LINGERS)

async function linger(): Promise<void> {
  await pool.query(
    `UPDATE snapshot SET state = 'DELETING', next_reconcile_at = clock_timestamp() WHERE id = $1`,
    [snapshot.id],
  )
  await look()
}

/** A whole poll: the source volume, the snapshot unless told otherwise, and these. */
const observe = (others: readonly BackendVolume[], isListed = true) =>
  fleet.observe(clusterId, [backendVolume(volume), ...others], {}, isListed ? [listed(snapshot)] : [])

async function readRow(): Promise<{ waitMs: number; leaseNumber: number; state: string }> {
  const { rows } = await pool.query(
    `SELECT 1000 * extract(epoch FROM next_reconcile_at - clock_timestamp())::float8 AS "waitMs",
            lease_number::int AS "leaseNumber", state FROM snapshot WHERE id = $1`,
    [snapshot.id],
  )
  return rows[0]
}

const waitMs = async () => (await readRow()).waitMs
const isDue = async () => (await leases.takeDue(8, [])).some(({ id }) => id === snapshot.id)

/** As if nothing had happened to it and its clones for so much longer. */
async function letLie(seconds: number): Promise<void> {
  await pool.query('UPDATE snapshot SET updated_at = updated_at - make_interval(secs => $1)', [seconds])
  await pool.query(
    `UPDATE volume SET updated_at = updated_at - make_interval(secs => $1),
                       observed_at = observed_at - make_interval(secs => $1)`,
    [seconds],
  )
}

test('while a clone of ours holds it nothing is done about it, however often its cluster is polled', async () => {
  const clone = await addClone()
  await linger()
  const before = await readRow()
  expect(before).toMatchObject({ state: 'LINGERING' })
  for (let poll = 0; poll < 3; poll++) {
    await observe([backendVolume(clone)])
    expect(await isDue()).toBe(false)
  }
  expect(await readRow()).toMatchObject({ state: 'LINGERING', leaseNumber: before.leaseNumber })
  expect(await waitMs()).toBeGreaterThan(30 * MINUTE_MS)
})

async function deleteClone({ id }: Volume): Promise<void> {
  await volumes().requestDeletion(id, newOperation(), null, false)
  expect(await waitMs()).toBeGreaterThan(30 * MINUTE_MS)
  await fleet.settle(await fleet.lease(id), { kind: 'ABSENT' })
}

/** Whatever ends a clone. Nothing that is asked of one moves it to another cluster: it is pinned to its source's. */
const ENDS: Record<string, (clone: Volume) => Promise<unknown>> = {
  'is deleted': deleteClone,
  'vanishes while it is changed': async ({ id }) => {
    await fleet.update(updateIntent(id, { labels: { tier: 'one' } }))
    await fleet.settle(await fleet.lease(id), { kind: 'VANISHED', error: ERROR, writtenSizeBytes: null })
  },
  'is lost by its cluster': () => observe([]),
  'is lost by its cluster while it is deleted': async (clone) => {
    await observe([backendVolume(clone)])
    await volumes().requestDeletion(clone.id, newOperation(), null, false)
    await observe([])
  },
}

test.each(Object.entries(ENDS))('a clone that %s makes it due at once', async (_how, end) => {
  const clone = await addClone()
  await linger()
  expect(await isDue()).toBe(false)
  await end(clone)
  expect(await isDue()).toBe(true)
  await leases.settle(await lease(), { kind: 'ABSENT' })
  expect(await readRow()).toMatchObject({ state: 'DELETED' })
})

test('a clone that its cluster refuses makes it due at once', async () => {
  const { volume: clone } = await fleet.place(createIntent(cloned()))
  await linger()
  expect(await isDue()).toBe(false)
  await fleet.settle(await fleet.lease(clone.id), { kind: 'GIVEN_UP', error: ERROR })
  expect(await isDue()).toBe(true)
})

test('a clone that is cancelled while it is made is one that is deleted', async () => {
  const { volume: clone } = await fleet.place(createIntent(cloned()))
  await linger()
  await deleteClone(clone)
  expect(await isDue()).toBe(true)
})

test('that of a lost clone is asked for though the clone is on record, and when that is forgotten', async () => {
  const clone = await addClone()
  await linger()
  await observe([])
  expect(await isDue()).toBe(true)
  await look()
  expect(await waitMs()).toBeLessThan(MINUTE_MS)
  await createFindingStore(db.database, db.bus).forget(clone.id, newOperation(), null)
  await look()
  expect(await waitMs()).toBeLessThan(MINUTE_MS)
})

test('a clone that turns up again holds it again', async () => {
  const clone = await addClone()
  await linger()
  await observe([])
  await observe([backendVolume(clone)])
  await look()
  expect(await waitMs()).toBeGreaterThan(30 * MINUTE_MS)
})

test('one of two clones that ends makes it due, and the other holds it still', async () => {
  const [first] = [await addClone(), await addClone()]
  await linger()
  await deleteClone(first)
  expect(await isDue()).toBe(true)
  await look()
  expect(await isDue()).toBe(false)
  expect(await waitMs()).toBeGreaterThan(30 * MINUTE_MS)
})

test('whatever the records say of clones, one that an inventory no longer lists is due at once', async () => {
  const clone = await addClone()
  await linger()
  for (let poll = 0; poll < 2; poll++) {
    await observe([backendVolume(clone)], false)
    expect(await isDue()).toBe(true)
    await look()
    expect(await isDue()).toBe(false)
  }
})

test('it is released with its cluster, and nobody asks for it any more', async () => {
  await addClone()
  await linger()
  await fleet.clusters.detach(clusterId, newOperation(), true)
  expect(await readRow()).toMatchObject({ state: 'RELEASED' })
  expect(await leases.lease(snapshot.id)).toBeNull()
})

test('one that clones of others hold is asked for less and less often, up to some minutes', async () => {
  await linger()
  expect(await waitMs()).toBeLessThanOrEqual(5_000)
  await letLie(40)
  await look()
  expect(await waitMs()).toBeGreaterThan(35_000)
  expect(await waitMs()).toBeLessThan(MINUTE_MS)
  await letLie(86_400)
  await look()
  expect(await waitMs()).toBeGreaterThan(4 * MINUTE_MS)
  expect(await waitMs()).toBeLessThanOrEqual(5 * MINUTE_MS)
})

test('however long it has lain, after the end of a clone it is asked for often again', async () => {
  const clone = await addClone()
  await linger()
  await letLie(86_400)
  await deleteClone(clone)
  await look()
  expect(await waitMs()).toBeLessThan(MINUTE_MS)
})

test.each([
  ['DELETING', 'clone'],
  ['DELETING', 'look'],
  ['LINGERING', 'clone'],
  ['LINGERING', 'look'],
] as const)(
  'a clone that ends just as a %s one is said to be held: the %s first, it is due or asked for soon',
  async (state, first) => {
    const { id } = await addClone()
    await linger()
    await pool.query('UPDATE snapshot SET state = $1', [state])
    const own = await lease()
    await volumes().requestDeletion(id, newOperation(), null, false)
    const ended = await fleet.lease(id)
    const settle = () => leases.settle(own, LINGERS)
    const end = () => inTransaction(pool, (client) => settleWithin(client, ended, { kind: 'ABSENT' }))
    const [ahead, behind] = first === 'clone' ? [end, settle] : [settle, end]
    const running = await inTransaction(pool, async (client) => {
      await client.query('SELECT 1 FROM snapshot WHERE id = $1 FOR UPDATE', [snapshot.id])
      const outcomes = [ahead()]
      await untilBlocked(pool, 1)
      outcomes.push(behind())
      await untilBlocked(pool, 2)
      return outcomes
    })
    expect(await Promise.all(running)).toEqual(['SETTLED', 'SETTLED'])
    expect(await readRow()).toMatchObject({ state: 'LINGERING' })
    expect(await waitMs()).toBeLessThan(MINUTE_MS)
  },
)

test('clones that end, workers that look and polls that see it at once: in the end nothing is left', async () => {
  const clones = [await addClone(), await addClone(), await addClone(), await addClone()]
  await observe(clones.map((clone) => backendVolume(clone)))
  await linger()
  for (const { id } of clones) await volumes().requestDeletion(id, newOperation(), null, false)
  const held = await Promise.all(clones.map(({ id }) => fleet.lease(id)))
  const lookAgain = async () => {
    const own = await leases.lease(snapshot.id)
    if (own) await leases.settle(own, LINGERS)
  }
  await Promise.all([
    ...held.map((each) => fleet.settle(each, { kind: 'ABSENT' })),
    ...held.map(lookAgain),
    observe([]),
    observe([], false),
  ])
  expect(await createFleetReader(db.database).snapshotsByIds([snapshot.id])).toMatchObject([
    { state: 'LINGERING' },
  ])
  expect(await waitMs()).toBeLessThan(MINUTE_MS)
})
