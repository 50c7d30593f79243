import type { ClusterId, SnapshotId } from '@flotilla/core/identity/ids'
import type { NewSnapshot, SnapshotStore } from '@flotilla/core/ports/snapshot-store'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { createFindingStore } from '../findings/finding-store.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { openSnapshotLeases } from '../testing/open-snapshot-leases.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { backendVolume, createTestFleet, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { twiceAtOnce } from '../testing/twice-at-once.ts'
import { releaseSources } from './release-sources.ts'
import type { SnapshotSettlement } from './settle-snapshot.ts'
import type { SnapshotLease } from './snapshot-lease.ts'
import type { SnapshotLeaseStore } from './snapshot-lease-store.ts'
import { createSnapshotStore } from './snapshot-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let store: SnapshotStore
let leases: SnapshotLeaseStore
let clusterId: ClusterId
let volume: Volume

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  store = createSnapshotStore(db.database, db.bus)
  leases = openSnapshotLeases(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
  volume = await fleet.addVolume()
})

const newSnapshot = (changes: Partial<NewSnapshot> = {}): NewSnapshot => ({
  id: uuidIds.next('Snapshot'),
  volumeId: volume.id,
  name: 'nightly',
  labels: { app: 'db' },
  retentionSeconds: null,
  ...changes,
})

const backendSnapshot = (
  { backendName, sizeBytes }: Snapshot,
  changes: Partial<BackendSnapshot> = {},
): BackendSnapshot => ({
  backendId: `backend-${backendName}`,
  name: backendName,
  project: 'default',
  volumeId: backendVolume(volume).backendId,
  sizeBytes,
  state: 'AVAILABLE',
  etag: null,
  ...changes,
})

async function read(id: SnapshotId): Promise<Snapshot> {
  const [found] = await createFleetReader(db.database).snapshotsByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function latestOperation(id: SnapshotId) {
  const [operation] = await createFleetReader(db.database).latestOperationsBySnapshotIds([id])
  return operation
}

async function lease(id: SnapshotId): Promise<SnapshotLease> {
  const taken = await leases.lease(id)
  if (!taken) throw new Error(`${id} is at rest or taken`)
  return taken
}

const settle = async (id: SnapshotId, settlement: SnapshotSettlement) =>
  leases.settle(await lease(id), settlement)

async function takeSnapshot(changes: Partial<NewSnapshot> = {}): Promise<Snapshot> {
  const { snapshot } = await store.create(newSnapshot(changes), newOperation())
  await settle(snapshot.id, { kind: 'PRESENT', backend: backendSnapshot(snapshot) })
  return read(snapshot.id)
}

const remove = (id: SnapshotId) => store.requestDeletion(id, newOperation(), null)
const observe = (snapshots: readonly BackendSnapshot[]) =>
  fleet.observe(clusterId, [backendVolume(volume)], {}, snapshots)

async function eventsOf(id: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM event WHERE subject_id = $1',
    [id],
  )
  return rows[0]?.count ?? 0
}

const OLDEST = { first: 50, after: null, orderBy: { field: 'OPENED_AT', direction: 'ASC' } } as const

/** A whole poll, with what is found by it. */
async function look(snapshots: readonly BackendSnapshot[], volumes = [backendVolume(volume)]) {
  const poll = await fleet.beginPoll(clusterId)
  const { seen } = await fleet.finishPoll(poll, volumes, {}, snapshots)
  if (seen) await recordFindings(db.database, poll, seen)
}

const findings = async () =>
  (await createFleetReader(db.database).listFindings({ state: ['OPEN', 'RESOLVED'] }, OLDEST)).items
const actions = async () =>
  (await findings()).map(({ kind, state, history }) => [kind, state, ...history.map(({ action }) => action)])

test('one is wanted with its operation, and there when its cluster says so; the ledger has no part in it', async () => {
  const wanted = newSnapshot()
  const { snapshot, operation } = await store.create(wanted, newOperation())
  expect(snapshot).toMatchObject({
    state: 'CREATING',
    clusterId,
    sizeBytes: volume.sizeBytes,
    labels: { app: 'db' },
  })
  expect(operation).toMatchObject({ kind: 'CREATE_SNAPSHOT', state: 'PENDING', snapshotId: wanted.id })
  const own = await lease(wanted.id)
  expect(own).toMatchObject({ volumeBackendId: `backend-${volume.backendName}`, cloneCount: 0 })
  expect((await latestOperation(wanted.id))?.state).toBe('RUNNING')
  expect(await eventsOf(operation.id)).toBe(2)
  expect(await leases.lease(wanted.id)).toBeNull()
  await leases.settle(own, { kind: 'PRESENT', backend: backendSnapshot(snapshot) })
  expect(await read(wanted.id)).toMatchObject({
    state: 'AVAILABLE',
    observed: { state: 'AVAILABLE' },
    expiresAt: null,
  })
  expect(await latestOperation(wanted.id)).toMatchObject({ state: 'SUCCEEDED', attemptCount: 1 })
  expect(await leases.lease(wanted.id)).toBeNull()
  expect(await eventsOf(wanted.id)).toBe(2)
  const { rows } = await pool.query('SELECT pending_bytes FROM cluster_capacity')
  expect(rows).toEqual([{ pending_bytes: volume.sizeBytes * 2n }])
})

test('a request is answered again under its key; a name is unique on its volume', async () => {
  const operation = newOperation()
  const first = await store.create(newSnapshot(), operation)
  const again = await store.create(newSnapshot(), operation)
  expect(again.operation).toEqual(first.operation)
  expect(again.snapshot.id).toBe(first.snapshot.id)
  await expect(store.create(newSnapshot(), newOperation())).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    takenBy: first.snapshot.id,
  })
  const other = await fleet.addVolume()
  await store.create(newSnapshot({ volumeId: other.id }), newOperation())
})

test('the same request twice at once takes one, and both are told of it', async () => {
  const operation = newOperation()
  const [first, second] = await twiceAtOnce(pool, volume.id, () => store.create(newSnapshot(), operation))
  expect(second.operation).toEqual(first.operation)
  expect(second.snapshot.id).toBe(first.snapshot.id)
})

test('of several with one name at once one is taken', async () => {
  const answers = await Promise.allSettled([1, 2, 3].map(() => store.create(newSnapshot(), newOperation())))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a volume that is not at rest is no source', async () => {
  await pool.query(`UPDATE volume SET state = 'RESIZING'`)
  await expect(store.create(newSnapshot(), newOperation())).rejects.toMatchObject({ code: 'INVALID_STATE' })
  await pool.query(`UPDATE volume SET state = 'DELETED'`)
  await expect(store.create(newSnapshot(), newOperation())).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('one that its cluster refuses has failed, says why, and frees its name', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  const error = { code: 'NO_SPACE', message: 'is full' }
  await settle(snapshot.id, { kind: 'GIVEN_UP', error })
  expect((await read(snapshot.id)).state).toBe('FAILED')
  expect(await latestOperation(snapshot.id)).toMatchObject({ state: 'FAILED', error })
  await store.create(newSnapshot(), newOperation())
  const deleted = await remove(snapshot.id)
  expect(deleted).toMatchObject({ snapshot: { state: 'DELETED' }, operation: { state: 'SUCCEEDED' } })
})

test('a failed one that turns up after all is found by a poll and is work', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  await settle(snapshot.id, { kind: 'GIVEN_UP', error: { code: 'NO_SPACE', message: '' } })
  expect((await observe([backendSnapshot(snapshot)])).leftoverSnapshots).toEqual([snapshot.id])
  expect(await leases.takeDue(8, [])).toEqual([{ id: snapshot.id, clusterId: expect.any(String) }])
  await settle(snapshot.id, { kind: 'ABSENT' })
  expect(await read(snapshot.id)).toMatchObject({ state: 'FAILED', observed: null })
  expect(await leases.lease(snapshot.id)).toBeNull()
})

test('one that is deleted while it is taken is told to the one who takes it', async () => {
  const { snapshot, operation } = await store.create(newSnapshot(), newOperation())
  const own = await lease(snapshot.id)
  await remove(snapshot.id)
  expect(await leases.settle(own, { kind: 'PRESENT', backend: backendSnapshot(snapshot) })).toBe('CHANGED')
  const [cancelled] = await createFleetReader(db.database).operationsByIds([operation.id])
  expect(cancelled).toMatchObject({ state: 'CANCELLED', error: { code: 'SUPERSEDED' } })
  await settle(snapshot.id, { kind: 'ABSENT' })
  expect(await read(snapshot.id)).toMatchObject({ state: 'DELETED', deletedAt: expect.any(Date) })
})

test('one that lingers is shown so, its operation goes on and says why, and its name is free', async () => {
  const snapshot = await takeSnapshot()
  await fleet.addVolume()
  await pool.query('UPDATE volume SET source_snapshot_id = $1 WHERE id <> $2', [snapshot.id, volume.id])
  await remove(snapshot.id)
  const own = await lease(snapshot.id)
  expect(own.cloneCount).toBe(1)
  await leases.settle(own, { kind: 'LINGERS' })
  expect((await read(snapshot.id)).state).toBe('LINGERING')
  expect(await latestOperation(snapshot.id)).toMatchObject({
    state: 'RUNNING',
    progress: 'its cluster keeps the snapshot until its clone is gone',
  })
  await expect(remove(snapshot.id)).rejects.toMatchObject({ code: 'INVALID_STATE' })
  await takeSnapshot()
  const { revision } = await read(snapshot.id)
  await settle(snapshot.id, { kind: 'LINGERS' })
  expect((await read(snapshot.id)).revision).toBe(revision)
  await settle(snapshot.id, { kind: 'ABSENT' })
  expect((await read(snapshot.id)).state).toBe('DELETED')
  expect((await latestOperation(snapshot.id))?.state).toBe('SUCCEEDED')
})

test('what a poll no longer sees is missing, but for what it began before; what it sees again is there', async () => {
  const before = await fleet.beginPoll(clusterId)
  const snapshot = await takeSnapshot()
  await fleet.finishPoll(before, [backendVolume(volume)])
  expect((await read(snapshot.id)).state).toBe('AVAILABLE')
  await observe([backendSnapshot(snapshot)])
  expect((await read(snapshot.id)).state).toBe('AVAILABLE')
  await observe([])
  expect(await read(snapshot.id)).toMatchObject({ state: 'MISSING', observed: null })
  await observe([backendSnapshot(snapshot)])
  expect((await read(snapshot.id)).state).toBe('AVAILABLE')
})

test('one whose time is over is work, is never missing, and is gone when its cluster says so', async () => {
  const snapshot = await takeSnapshot({ retentionSeconds: 3_600 })
  expect(snapshot.expiresAt?.getTime()).toBeGreaterThan(Date.now() + 3_500_000)
  expect(await leases.lease(snapshot.id)).toBeNull()
  await pool.query(`UPDATE snapshot SET expires_at = now() - interval '1 s', next_reconcile_at = now()`)
  await observe([])
  expect((await read(snapshot.id)).state).toBe('AVAILABLE')
  expect(await leases.takeDue(8, [])).toEqual([{ id: snapshot.id, clusterId: expect.any(String) }])
  expect(await leases.takeDue(8, [])).toEqual([])
  await settle(snapshot.id, { kind: 'ABSENT' })
  expect((await read(snapshot.id)).state).toBe('DELETED')
})

test('one that its cluster may have let go by itself is not missing: it counts the time from when it took it', async () => {
  const snapshot = await takeSnapshot({ retentionSeconds: 3_600 })
  await pool.query(`UPDATE snapshot SET created_at = created_at - interval '61 min'`)
  await look([])
  expect((await read(snapshot.id)).state).toBe('AVAILABLE')
  expect(await findings()).toEqual([])
})

test('a lost one is found once, for as long as it is lost', async () => {
  const before = await fleet.beginPoll(clusterId)
  const [kept, lost, going] = [
    await takeSnapshot({ name: 'kept' }),
    await takeSnapshot({ name: 'lost' }),
    await takeSnapshot({ name: 'going' }),
  ]
  await remove(going.id)
  const { seen } = await fleet.finishPoll(before, [backendVolume(volume)])
  if (seen) await recordFindings(db.database, before, seen)
  expect(await findings()).toEqual([])
  for (let time = 0; time < 2; time++) await look([backendSnapshot(kept)])
  expect(await findings()).toMatchObject([
    {
      kind: 'MISSING_SNAPSHOT',
      state: 'OPEN',
      name: lost.backendName,
      snapshotId: lost.id,
      volumeId: volume.id,
      wanted: null,
      history: [{ action: 'FOUND' }],
    },
  ])
  await look([backendSnapshot(kept), backendSnapshot(lost)])
  expect(await actions()).toEqual([['MISSING_SNAPSHOT', 'RESOLVED', 'FOUND', 'RESOLVED']])
  await look([backendSnapshot(kept)])
  await remove(lost.id)
  const told = (await actions()).flat()
  await settle(lost.id, { kind: 'ABSENT' })
  await look([backendSnapshot(kept)])
  expect((await actions()).flat()).toEqual(told)
  expect(await actions()).toEqual([
    ['MISSING_SNAPSHOT', 'RESOLVED', 'FOUND', 'RESOLVED', 'REOPENED', 'FORGOTTEN'],
  ])
})

test('a lost one is told of until its time is over', async () => {
  const lost = await takeSnapshot({ retentionSeconds: 3_600 })
  await look([])
  expect(await actions()).toEqual([['MISSING_SNAPSHOT', 'OPEN', 'FOUND']])
  await pool.query(`UPDATE snapshot SET expires_at = now() - interval '1 s'`)
  await look([])
  expect(await read(lost.id)).toMatchObject({ state: 'DELETED', deletedAt: expect.any(Date) })
  expect(await actions()).toEqual([['MISSING_SNAPSHOT', 'RESOLVED', 'FOUND', 'RESOLVED']])
})

test('lost with its volume it is forgotten with it, and foreign should it turn up; one that is there is in the way', async () => {
  const lost = await takeSnapshot({ name: 'lost' })
  const there = await takeSnapshot({ name: 'there' })
  await look([backendSnapshot(there)], [])
  const forget = () => createFindingStore(db.database, db.bus).forget(volume.id, newOperation(), null)
  await expect(forget()).rejects.toThrow(there.id)
  await look([], [])
  await forget()
  for (const { id } of [lost, there]) expect((await read(id)).state).toBe('DELETED')
  expect((await findings()).map(({ state, history }) => [state, history.at(-1)?.action])).toEqual(
    Array(3).fill(['RESOLVED', 'FORGOTTEN']),
  )
  await assertLedger(pool)
  expect((await fleet.observe(clusterId, [], {}, [backendSnapshot(lost)])).leftoverSnapshots).toEqual([])
  expect(await leases.lease(lost.id)).toBeNull()
})

test('that of a volume which is made anew stays lost, and told of', async () => {
  await takeSnapshot()
  await look([], [])
  await createFindingStore(db.database, db.bus).recreate(volume.id, newOperation(), null)
  expect((await actions()).toSorted()).toEqual([
    ['MISSING', 'RESOLVED', 'FOUND', 'RECREATED'],
    ['MISSING_SNAPSHOT', 'OPEN', 'FOUND'],
  ])
})

test('one that was taken for a clone alone goes with it, lost or not', async () => {
  const lost = await takeSnapshot()
  await look([])
  await pool.query('UPDATE snapshot SET made_for_id = $1', [volume.id])
  await inTransaction(pool, (client) => releaseSources(client, [volume.id]))
  expect((await read(lost.id)).state).toBe('DELETING')
})

test('rule 9: what waits for a cluster that does not answer is due in the moment in which it does', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  const takeAs = async (connection: string) => {
    await pool.query('UPDATE snapshot SET next_reconcile_at = now()')
    await pool.query('UPDATE cluster SET connection = $1', [connection])
    return leases.takeDue(8, [])
  }
  expect(await takeAs('DISCONNECTED')).toEqual([])
  expect((await lease(snapshot.id)).clusterAnswers).toBe(false)
  await pool.query('UPDATE snapshot SET leased_until = NULL')
  expect(await takeAs('CONNECTED')).toEqual([{ id: snapshot.id, clusterId }])
})

test('a holder of an older lease cannot write', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  const old = await lease(snapshot.id)
  await pool.query(`UPDATE snapshot SET leased_until = now() - interval '1 s'`)
  await lease(snapshot.id)
  expect(await leases.settle(old, { kind: 'ABSENT' })).toBe('LOST')
  expect((await read(snapshot.id)).state).toBe('CREATING')
})

test('volumes and snapshots are told the kind of the cluster that holds them', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  await pool.query(`UPDATE cluster SET driver = 'other' WHERE id = $1`, [clusterId])
  const kinds = await fleet.clusters.kindsOf([volume.id, snapshot.id, uuidIds.next('Volume')])
  expect(Object.fromEntries(kinds)).toEqual({ [volume.id]: 'other', [snapshot.id]: 'other' })
})

test('what only has the name of a snapshot of ours is counted as foreign, and does not stand for it', async () => {
  const { snapshot } = await store.create(newSnapshot(), newOperation())
  const seen = [backendVolume(volume)]
  const countOf = async () =>
    (await createFleetReader(db.database).volumesByIds([volume.id]))[0]?.observed?.foreignSnapshotCount
  await fleet.observe(clusterId, seen, {}, [backendSnapshot(snapshot, { volumeId: 'another' })])
  expect((await read(snapshot.id)).backendId).toBeNull()
  await leases.settle(await lease(snapshot.id), { kind: 'PRESENT', backend: backendSnapshot(snapshot) })
  await fleet.observe(clusterId, seen, {}, [backendSnapshot(snapshot, { backendId: 'another' })])
  expect(await read(snapshot.id)).toMatchObject({ state: 'MISSING' })
  expect(await countOf()).toBe(1)
  await fleet.observe(clusterId, seen, {}, [backendSnapshot(snapshot)])
  expect(await read(snapshot.id)).toMatchObject({ state: 'AVAILABLE' })
  expect(await countOf()).toBe(0)
})
