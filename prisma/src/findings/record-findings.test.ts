import type { ClusterId, FindingId } from '@flotilla/core/identity/ids'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import type { BegunPoll } from '../polling/begun-poll.ts'
import { lockSnapshot } from '../snapshots/lock-snapshot.ts'
import { recordSnapshotDeletion } from '../snapshots/record-snapshot-deletion.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createTestFleet,
  foreignVolume,
  GIB,
  growIntent,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import { createFindingStore } from './finding-store.ts'
import { recordFindings } from './record-findings.ts'

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

async function finish(poll: BegunPoll, inventory: readonly BackendVolume[]): Promise<void> {
  const { seen } = await fleet.finishPoll(poll, inventory)
  if (seen) await recordFindings(db.database, poll, seen)
}

const look = async (id: ClusterId, inventory: readonly BackendVolume[]) =>
  finish(await fleet.beginPoll(id), inventory)

/** Each with the transaction that wrote it last. */
async function readFindings() {
  const { rows } = await db.database.pool.query<{ id: FindingId; name: string; state: string; xmin: string }>(
    'SELECT id, name, state, xmin::text FROM finding ORDER BY name',
  )
  return rows
}

const adopt = (findingId: FindingId, volumeId = uuidIds.next('Volume')) =>
  createFindingStore(db.database, db.bus).adopt(
    {
      project: 'project',
      policyName: 'default',
      items: [{ findingId, volumeId, name: null, labels: {} }],
    },
    newOperation(),
  )

test('only what has changed is written, and one event tells of it, however much it is', async () => {
  const id = await fleet.addCluster()
  const many = Array.from({ length: 6_000 }, (_, index) =>
    foreignVolume(`f${String(index).padStart(5, '0')}`),
  )
  const events = async () =>
    (await db.database.pool.query(`SELECT 1 FROM event WHERE kind = 'FINDINGS_CHANGED'`)).rowCount
  await look(id, many)
  const first = await readFindings()
  expect(first).toHaveLength(6_000)
  expect(await events()).toBe(1)
  await look(id, many.toReversed())
  expect(await readFindings()).toEqual(first)
  expect(await events()).toBe(1)
  await look(
    id,
    many.slice(1).map((each) => (each.name === 'f00002' ? { ...each, sizeBytes: 2n * GIB } : each)),
  )
  const second = await readFindings()
  const rewritten = second.filter(({ xmin }, index) => xmin !== first[index]?.xmin)
  expect(rewritten).toMatchObject([
    { name: 'f00000', state: 'RESOLVED' },
    { name: 'f00002', state: 'OPEN' },
  ])
}, 60_000)

test('a cause that returns opens the same finding again', async () => {
  const id = await fleet.addCluster()
  const volume = foreignVolume('wanderer')
  for (const inventory of [[volume], [], [volume]]) await look(id, inventory)
  const { rows } = await db.database.pool.query('SELECT state, history FROM finding')
  expect(rows).toMatchObject([{ state: 'OPEN', history: [{ action: 'RESOLVED' }, { action: 'REOPENED' }] }])
})

test('a poll whose findings come later than those of the next says nothing', async () => {
  const id = await fleet.addCluster()
  const late = await fleet.beginPoll(id)
  const { seen } = await fleet.finishPoll(late, [foreignVolume('gone')])
  await look(id, [])
  if (seen) await recordFindings(db.database, late, seen)
  expect(await readFindings()).toEqual([])
})

test('a poll that began before an adoption neither counts the volume twice nor finds it again', async () => {
  const id = await fleet.addCluster()
  const inventory = [foreignVolume('db'), foreignVolume('other')]
  await look(id, inventory)
  const [db1] = await readFindings()
  if (!db1) throw new Error('nothing was found')
  const before = await fleet.beginPoll(id)
  const { outcomes } = await adopt(db1.id)
  expect(outcomes).toMatchObject([{ refusal: null }])
  const ledger = () => db.database.prisma.clusterCapacity.findUniqueOrThrow({ where: { clusterId: id } })
  expect(await ledger()).toMatchObject({
    provisionedBytes: 4n * GIB,
    pendingBytes: 0n,
    foreignVolumeCount: 1,
  })
  await assertLedger(db.database.pool)
  await finish(before, inventory)
  await look(id, inventory)
  expect(await ledger()).toMatchObject({
    provisionedBytes: 4n * GIB,
    pendingBytes: 0n,
    foreignVolumeCount: 1,
  })
  await assertLedger(db.database.pool)
  expect((await readFindings()).map(({ state }) => state)).toEqual(['RESOLVED', 'OPEN'])
})

test('one that is adopted between a poll and its findings is neither found again nor adopted twice', async () => {
  const id = await fleet.addCluster()
  const [volume, other] = [foreignVolume('db'), foreignVolume('other')]
  await look(id, [volume, other])
  const [found] = await readFindings()
  if (!found) throw new Error('nothing was found')
  const poll = await fleet.beginPoll(id)
  const { seen } = await fleet.finishPoll(poll, [volume, { ...other, sizeBytes: 2n * GIB }])
  if (!seen) throw new Error('there is no inventory')
  const { outcomes } = await adopt(found.id)
  await recordFindings(db.database, poll, seen)
  expect((await readFindings()).map(({ state }) => state)).toEqual(['RESOLVED', 'OPEN'])

  // As a former version has left it.
  await db.database.pool.query(`UPDATE finding SET state = 'OPEN' WHERE id = $1`, [found.id])
  expect((await adopt(found.id)).outcomes).toMatchObject([
    {
      volumeId: null,
      refusal: {
        code: 'INVALID_STATE',
        message: expect.stringContaining(`${outcomes[0]?.volumeId} already`),
      },
    },
  ])
  expect(await db.database.prisma.volume.count()).toBe(1)
})

test('one that was just adopted is not deleted before an inventory has looked for its snapshots', async () => {
  const id = await fleet.addCluster()
  const volume = foreignVolume('db')
  await look(id, [volume])
  const [found] = await readFindings()
  if (!found) throw new Error('nothing was found')
  const volumeId = uuidIds.next('Volume')
  await adopt(found.id, volumeId)
  const remove = (cascade: boolean) =>
    createVolumeStore(db.database, db.bus).requestDeletion(volumeId, newOperation(), null, cascade)
  await expect(remove(false)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('no inventory has looked'),
  })
  await look(id, [volume])
  expect((await remove(false)).volume.state).toBe('DELETING')
})

test('many who adopt the same volume at once get one', async () => {
  const id = await fleet.addCluster()
  await look(id, [foreignVolume('db')])
  const [found] = await readFindings()
  if (!found) throw new Error('nothing was found')
  const answers = await Promise.all([1, 2, 3, 4].map(() => adopt(found.id)))
  expect(answers.filter(({ outcomes }) => outcomes[0]?.volumeId)).toHaveLength(1)
  expect(await db.database.prisma.volume.count()).toBe(1)
})

test('what bears the name of an adopted volume under another id is not it', async () => {
  const id = await fleet.addCluster()
  const volume = foreignVolume('db')
  await look(id, [volume])
  const [found] = await readFindings()
  if (found) await adopt(found.id)
  await look(id, [{ ...volume, backendId: 'another' }])
  const { rows } = await db.database.pool.query(
    'SELECT kind, subject FROM finding WHERE state = $1 ORDER BY kind',
    ['OPEN'],
  )
  expect(rows).toMatchObject([{ kind: 'FOREIGN', subject: 'another' }, { kind: 'MISSING' }])
  await assertLedger(db.database.pool)
})

test('a volume that is on record on another cluster is foreign where it is seen, and its record is left alone', async () => {
  const home = await fleet.addCluster()
  const volume = await fleet.addVolume()
  await look(home, [backendVolume(volume)])
  const record = async () => (await db.database.pool.query('SELECT * FROM volume')).rows
  const before = await record()
  const elsewhere = await fleet.addCluster()
  const twin = backendVolume(volume, { backendId: 'twin', sizeBytes: 2n * GIB, compression: true })
  await look(elsewhere, [twin])
  const { rows } = await db.database.pool.query('SELECT id, cluster_id, kind, subject FROM finding')
  expect(rows).toEqual([{ id: expect.anything(), cluster_id: elsewhere, kind: 'FOREIGN', subject: 'twin' }])
  const { outcomes } = await adopt(rows[0].id)
  expect(outcomes).toMatchObject([
    { refusal: { code: 'INVALID_STATE', message: expect.stringContaining(`the name of ${volume.id}`) } },
  ])

  // A poll may have taken it for its cluster's own, which it no longer is when the findings are written.
  const ours = new Map([[volume.id, twin]])
  await recordFindings(db.database, await fleet.beginPoll(elsewhere), { ours, foreign: [] })
  expect((await readFindings()).map(({ state }) => state)).toEqual(['RESOLVED'])
  expect(await record()).toEqual(before)
  await assertLedger(db.database.pool)
})

test('access that was never written down is taken as it is seen, and differs from then on', async () => {
  const id = await fleet.addCluster()
  const volume = await fleet.addVolume()
  const admitting = (hostNqns: readonly string[]) =>
    backendVolume(volume, { access: { hostNqns, addresses: 'ANY' } })
  await look(id, [admitting([])])
  await db.database.pool.query(`UPDATE volume SET written = written - 'access'`)
  await look(id, [admitting(['a'])])
  expect(await readFindings()).toEqual([])
  await look(id, [admitting(['a', 'b'])])
  const { rows } = await db.database.pool.query(
    `SELECT state, written -> 'access' -> 'hostNqns' AS written, observed -> 'access' -> 'hostNqns' AS observed FROM finding`,
  )
  expect(rows).toEqual([{ state: 'OPEN', written: ['a'], observed: ['a', 'b'] }])
})

test('that others have made it larger stays reported when it is asked to be less large than that', async () => {
  const id = await fleet.addCluster()
  const volume = await fleet.addVolume()
  await look(id, [backendVolume(volume)])
  const grown = backendVolume(volume, { sizeBytes: 30n * GIB })
  await look(id, [grown])
  await fleet.update(growIntent(volume.id, 20n * GIB))
  await fleet.settle(await fleet.lease(volume.id), { kind: 'PRESENT', backend: grown })
  await look(id, [grown])
  const sizes = async () =>
    (
      await db.database.pool.query(
        `SELECT state, wanted ->> 'sizeBytes' AS wanted, written ->> 'sizeBytes' AS written, observed ->> 'sizeBytes' AS observed FROM finding`,
      )
    ).rows
  const [asked, there] = [`${20n * GIB}`, `${30n * GIB}`]
  expect(await sizes()).toEqual([{ state: 'OPEN', wanted: asked, written: asked, observed: there }])
  await look(id, [backendVolume(volume, { sizeBytes: 20n * GIB })])
  expect(await sizes()).toMatchObject([{ state: 'RESOLVED' }])
  await assertLedger(db.database.pool)
})

test.each<[name: string, settings: string, propertiesTaken: boolean, found: number]>([
  ['was carried out', 'change_taken = true', true, 0],
  ['may have been carried out', 'restore_unknown_at = now()', false, 0],
  ['was never carried out', '', false, 1],
])(
  'rules 6 and 13: the size after a refused restore that %s is somebody else’s change or not',
  async (_name, settings, propertiesTaken, found) => {
    const { pool } = db.database
    const id = await fleet.addCluster()
    const volume = await fleet.addVolume({ sizeBytes: 4n * GIB })
    await look(id, [backendVolume(volume)])
    await pool.query(`UPDATE volume SET ${["state = 'RESTORING'", settings].filter(Boolean).join()}`)
    const backend = backendVolume(volume, { sizeBytes: GIB })
    const error = { code: 'NO_SPACE', message: 'is full' }
    const refusal = { kind: 'CHANGE_REFUSED', backend, error, propertiesTaken } as const
    await fleet.settle(await fleet.lease(volume.id), refusal)
    await look(id, [backend])
    const open = (await readFindings()).filter(({ state }) => state === 'OPEN')
    expect(open).toHaveLength(found)
    await assertLedger(pool)
  },
)

test('a lost snapshot that is deleted while its loss is written down is not told of', async () => {
  const { pool } = db.database
  const id = await fleet.addCluster()
  const volume = await fleet.addVolume()
  const snapshotId = uuidIds.next('Snapshot')
  const wanted = { id: snapshotId, volumeId: volume.id, name: 'nightly', labels: {}, retentionSeconds: null }
  await createSnapshotStore(db.database, db.bus).create(wanted, newOperation())
  const poll = await fleet.beginPoll(id)
  const { seen } = await fleet.finishPoll(poll, [backendVolume(volume)])
  if (!seen) throw new Error('there is no inventory')
  await pool.query(`UPDATE snapshot SET state = 'MISSING'`)
  const recording = await inTransaction(pool, async (client) => {
    const snapshot = await lockSnapshot(client, snapshotId, ['input', 'id'])
    await recordSnapshotDeletion(client, snapshot, newOperation(), null)
    const ended = recordFindings(db.database, poll, seen)
    await untilBlocked(pool, 1)
    return { ended }
  })
  await recording.ended
  expect(await readFindings()).toEqual([])
})
