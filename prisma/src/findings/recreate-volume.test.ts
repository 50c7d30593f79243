import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { backendNameOf } from '@flotilla/core/volumes/backend-name'
import type { Volume } from '@flotilla/core/volumes/volume'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createOperationStore } from '../operations/operation-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createTestFleet,
  foreignVolume,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { twiceAtOnce } from '../testing/twice-at-once.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { replaceVolume } from '../volumes/replace-volume.ts'
import { settleWithin } from '../volumes/settle-lease.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import { createFindingStore } from './finding-store.ts'
import { recordFindings } from './record-findings.ts'

const nameTaken = { code: 'NAME_TAKEN', message: 'somebody has it' }

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  await fleet.addCluster()
  await fleet.addCluster()
})
afterEach(() => assertLedger(db.database.pool))

async function volume(id: VolumeId): Promise<Volume> {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function look(id: ClusterId, inventory: Parameters<TestFleet['observe']>[1]): Promise<void> {
  const poll = await fleet.beginPoll(id)
  const { seen } = await fleet.finishPoll(poll, inventory)
  if (seen) await recordFindings(db.database, poll, seen)
}

/** One of ours that its cluster has had under another name, and has no more. */
async function lost(): Promise<Volume> {
  const { id, clusterId, ...rest } = await fleet.addVolume()
  const renamed = backendVolume({ id, ...rest }, { name: 'renamed' })
  await look(clusterId, [renamed])
  await look(clusterId, [])
  await db.database.pool.query(
    `WITH made AS (INSERT INTO host (id, name, nqn, addresses) VALUES ($2, 'host', 'nqn.2019-09.com.example:x', '{}') RETURNING id)
     INSERT INTO attachment (volume_id, host_id, wanted_mode, confirmed_mode) SELECT $1, id, 'SHARED', 'SHARED' FROM made`,
    [id, uuidIds.next('Host')],
  )
  const missing = await volume(id)
  expect(missing).toMatchObject({ state: 'MISSING', backendName: 'renamed', backendId: renamed.backendId })
  return missing
}

const recreate = (id: VolumeId) => createFindingStore(db.database, db.bus).recreate(id, newOperation(), null)

const asBefore = ({
  revision: _,
  generation: __,
  settledGeneration: ___,
  updatedAt: ____,
  ...rest
}: Volume) => rest

async function expectAsBefore(before: Volume): Promise<void> {
  const present = await volume(before.id)
  expect(asBefore(present)).toEqual(asBefore(before))
  expect(present.settledGeneration).toBe(present.generation)
  await look(before.clusterId, [])
  const { rows } = await db.database.pool.query(
    `SELECT finding.state, access_change, (SELECT confirmed_mode FROM attachment WHERE volume_id = $1) AS confirmed
     FROM finding JOIN volume ON volume.id = volume_id WHERE kind = 'MISSING' AND volume_id = $1`,
    [before.id],
  )
  // What others have let in meanwhile is not locked out by a later change, and who was let in before counts as such again.
  expect(rows).toEqual([{ state: 'OPEN', access_change: null, confirmed: 'SHARED' }])
}

/** What its cluster confirmed of the former one does not hold for the new one. */
async function expectUnconfirmed(id: VolumeId): Promise<void> {
  const { rows } = await db.database.pool.query(
    'SELECT wanted_mode AS wanted, confirmed_mode AS confirmed FROM attachment WHERE volume_id = $1',
    [id],
  )
  expect(rows).toEqual([{ wanted: 'SHARED', confirmed: null }])
}

test('refused: tried on no other cluster, MISSING as before, and ours should it turn up', async () => {
  const missing = await lost()
  const { operation } = await recreate(missing.id)
  await expectUnconfirmed(missing.id)
  const lease = await fleet.lease(missing.id)
  expect(await replaceVolume(db.database, fleet.policies, lease, nameTaken)).toBe('NOWHERE')
  await fleet.settle(lease, { kind: 'GIVEN_UP', error: nameTaken })
  await expectAsBefore(missing)
  const [ended] = await createFleetReader(db.database).operationsByIds([operation.id])
  expect(ended).toMatchObject({ state: 'FAILED', error: nameTaken })
  await look(missing.clusterId, [foreignVolume('renamed', { backendId: missing.backendId ?? '' })])
  expect((await volume(missing.id)).state).toBe('AVAILABLE')
})

test('refused when somebody has adopted meanwhile what it was: that stays another volume', async () => {
  const missing = await lost()
  const { clusterId, backendId } = missing
  const { operation } = await recreate(missing.id)
  const theirs = foreignVolume('renamed', { backendId: backendId ?? '' })
  await look(clusterId, [theirs])
  const { rows } = await db.database.pool.query(`SELECT id FROM finding WHERE kind = 'FOREIGN'`)
  const volumeId = uuidIds.next('Volume')
  const items = [{ findingId: rows[0].id, volumeId, name: null, labels: {} }]
  const wanted = { project: 'project', policyName: 'default', items }
  const { outcomes } = await createFindingStore(db.database, db.bus).adopt(wanted, newOperation())
  expect(outcomes).toMatchObject([{ volumeId }])
  await fleet.settle(await fleet.lease(missing.id), { kind: 'GIVEN_UP', error: nameTaken })
  const [ended] = await createFleetReader(db.database).operationsByIds([operation.id])
  expect(ended?.state).toBe('FAILED')
  await look(clusterId, [theirs])
  expect(await volume(volumeId)).toMatchObject({ state: 'AVAILABLE', backendId })
  expect(await volume(missing.id)).toMatchObject({
    state: 'MISSING',
    backendId: null,
    backendName: backendNameOf(missing.id),
  })
})

test('rule 1: not before the snapshots that were promised of the lost one have failed or are cancelled', async () => {
  const { id, clusterId } = await fleet.addVolume()
  const store = createSnapshotStore(db.database, db.bus)
  const wanted = { volumeId: id, name: 'before', labels: {}, retentionSeconds: null }
  const { snapshot } = await store.create({ ...wanted, id: uuidIds.next('Snapshot') }, newOperation())
  await look(clusterId, [])
  await expect(recreate(id)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining(`yet to be taken: ${snapshot.id}`),
  })
  expect((await volume(id)).state).toBe('MISSING')
  await store.requestDeletion(snapshot.id, newOperation(), null)
  expect((await recreate(id)).volume.state).toBe('CREATING')
})

test('refused while a poll takes somebody else’s volume for it: MISSING all the same', async () => {
  const missing = await lost()
  await recreate(missing.id)
  const lease = await fleet.lease(missing.id)
  const theirs = foreignVolume(lease.ownBackendName, { backendId: 'theirs' })
  const { pool } = db.database
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE', [missing.clusterId])
  const observing = fleet.observe(missing.clusterId, [theirs])
  await untilBlocked(pool, 1)
  await settleWithin(client, lease, { kind: 'GIVEN_UP', error: nameTaken })
  await client.query('COMMIT')
  client.release()
  await observing
  expect((await volume(missing.id)).state).toBe('MISSING')
  await look(missing.clusterId, [theirs])
  expect((await volume(missing.id)).state).toBe('MISSING')
})

test('made, and then refused its hosts: there by its id all the same, and missed by no poll from before', async () => {
  const missing = await lost()
  const { id, clusterId } = missing
  await recreate(id)
  const lease = await fleet.lease(id)
  const poll = await fleet.beginPoll(clusterId)
  const backend = backendVolume(missing, { backendId: 'anew' })
  const error = { code: 'INVALID_ARGUMENT', message: 'not today' }
  await fleet.settle(lease, { kind: 'CHANGE_REFUSED', backend, error, propertiesTaken: false })
  await fleet.finishPoll(poll, [])
  expect(await volume(id)).toMatchObject({
    state: 'AVAILABLE',
    backendId: 'anew',
    observed: { sizeBytes: backend.sizeBytes, access: backend.access },
  })
  const { rows } = await db.database.pool.query(
    'SELECT written, create_unknown_at FROM volume WHERE id = $1',
    [id],
  )
  expect(rows).toMatchObject([{ written: { name: backend.name }, create_unknown_at: null }])
  await look(clusterId, [backend])
  expect((await volume(id)).state).toBe('AVAILABLE')
})

test('made anew, it has no snapshots of others, and may go before an inventory has looked', async () => {
  const { id } = await lost()
  await recreate(id)
  const made = backendVolume(await volume(id), { backendId: 'anew' })
  await fleet.settle(await fleet.lease(id), { kind: 'PRESENT', backend: made })
  expect((await volume(id)).observed).toMatchObject({ foreignSnapshotCount: 0 })
  const { volume: going } = await createVolumeStore(db.database, db.bus).requestDeletion(
    id,
    newOperation(),
    null,
    false,
    true,
  )
  expect(going.state).toBe('DELETING')
})

test('it stays in the project of its cluster that it was adopted from, where its snapshots are looked for', async () => {
  const missing = await lost()
  await db.database.pool.query(`UPDATE volume SET backend_project = 'theirs' WHERE id = $1`, [missing.id])
  await recreate(missing.id)
  expect(await fleet.lease(missing.id)).toMatchObject({ backendProject: 'theirs' })
  expect((await fleet.beginPoll(missing.clusterId)).furtherProjects).toEqual(['theirs'])
})

test('made anew in our project by a former version and refused, it is in its own project again', async () => {
  const missing = await lost()
  const project = (name: string) =>
    db.database.pool.query('UPDATE volume SET backend_project = $2 WHERE id = $1', [missing.id, name])
  await project('theirs')
  await recreate(missing.id)
  await project('default')
  await fleet.settle(await fleet.lease(missing.id), { kind: 'GIVEN_UP', error: nameTaken })
  expect(await volume(missing.id)).toMatchObject({ state: 'MISSING', backendProject: 'theirs' })
})

test('cancelled before its cluster was asked: MISSING as before; not while somebody is at it', async () => {
  const missing = await lost()
  const { operation } = await recreate(missing.id)
  const cancel = () =>
    createOperationStore(db.database, db.bus).cancel(operation.id, newOperation({ formerId: operation.id }))
  const lease = await fleet.lease(missing.id)
  await expect(cancel()).rejects.toThrow('the cluster may have been asked')
  await fleet.settle(lease, {
    kind: 'POSTPONED',
    error: null,
    delayMs: 0,
    createUnknown: false,
    changeAsked: false,
  })
  expect((await cancel()).operation.state).toBe('CANCELLED')
  await expectAsBefore(missing)
  expect((await recreate(missing.id)).volume.state).toBe('CREATING')
})

test.each(['recreate', 'forget'] as const)(
  'the same request to %s twice at once does so once, and both are told of it',
  async (action) => {
    const { id } = await lost()
    const wanted = newOperation()
    const store = createFindingStore(db.database, db.bus)
    const [first, second] = await twiceAtOnce(db.database.pool, id, () => store[action](id, wanted, null))
    expect(second.operation.id).toBe(first.operation.id)
    expect(second.volume.revision).toBe(first.volume.revision)
  },
)
