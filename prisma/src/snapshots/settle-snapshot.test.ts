import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
} from '../testing/test-fleet.ts'
import type { SnapshotSettlement } from './settle-snapshot.ts'
import type { SnapshotLease } from './snapshot-lease.ts'
import type { SnapshotLeaseStore } from './snapshot-lease-store.ts'
import { createSnapshotStore } from './snapshot-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let leases: SnapshotLeaseStore
let clusterId: ClusterId
let volume: Volume

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
})

const store = () => createSnapshotStore(db.database, db.bus)

async function wantSnapshot(): Promise<Snapshot> {
  const wanted = { volumeId: volume.id, name: 'nightly', labels: {}, retentionSeconds: null }
  const id = uuidIds.next('Snapshot')
  return (await store().create({ id, ...wanted }, newOperation())).snapshot
}

async function lease({ id }: Snapshot): Promise<SnapshotLease> {
  const taken = await leases.lease(id)
  if (!taken) throw new Error(`${id} is at rest or taken`)
  return taken
}

const settle = async (snapshot: Snapshot, settlement: SnapshotSettlement) =>
  leases.settle(await lease(snapshot), settlement)
const later = { kind: 'POSTPONED', error: null, delayMs: 0 } as const

test('from the moment a create may be sent it counts as sent, until the worker says that it was not', async () => {
  const snapshot = await wantSnapshot()
  const first = await lease(snapshot)
  expect(first.createUnknownAt).toBeNull()
  await leases.settle(first, later)
  expect((await lease(snapshot)).createUnknownAt).toBeNull()
})

test('a create without an answer is remembered with its time, also by a lease that sends none itself', async () => {
  const snapshot = await wantSnapshot()
  await settle(snapshot, { ...later, createUnknown: true })
  const looking = await lease(snapshot)
  expect(looking.createUnknownAt).toEqual(expect.any(Date))
  await leases.settle(looking, later)
  expect((await lease(snapshot)).createUnknownAt).toEqual(looking.createUnknownAt)
})

test('a worker that dies with a lease leaves behind that it may have sent a create', async () => {
  const snapshot = await wantSnapshot()
  await lease(snapshot)
  await pool.query('UPDATE snapshot SET leased_until = NULL')
  expect((await lease(snapshot)).createUnknownAt).toEqual(expect.any(Date))
})

const noSpace = { code: 'NO_SPACE', message: 'is full' }

test.each([
  ['of one that is deleted, while it may come, is ours and goes', 'PRESENT', 'now()', true],
  ['of one that is deleted, long after, is somebody else’s', 'PRESENT', `now() - interval '1 h'`, false],
  ['of one that was given up is ours as often as it comes', 'GIVEN_UP', 'now()', true],
] as const)('rule 9: what a late create makes %s', async (_name, kind, sentAt, isOurs) => {
  const snapshot = await wantSnapshot()
  const backend = {
    backendId: 'made',
    name: snapshot.backendName,
    project: 'default',
    volumeId: backendVolume(volume).backendId,
    sizeBytes: snapshot.sizeBytes,
    state: 'AVAILABLE',
    etag: null,
  } as const
  const seen = async (backendId: string) => {
    const { leftoverSnapshots } = await fleet.observe(clusterId, [backendVolume(volume)], {}, [
      { ...backend, backendId },
    ])
    return leftoverSnapshots
  }
  await settle(snapshot, {
    ...(kind === 'PRESENT' ? { kind, backend } : { kind, error: noSpace }),
    createUnknown: true,
  })
  await pool.query(`UPDATE snapshot SET create_unknown_at = ${sentAt} WHERE create_unknown_at IS NOT NULL`)
  if (kind === 'PRESENT') await store().requestDeletion(snapshot.id, newOperation(), null)
  else expect(await seen('made')).toEqual([snapshot.id])
  await settle(snapshot, { kind: 'ABSENT' })
  expect(await seen('its-twin')).toEqual(isOurs ? [snapshot.id] : [])
})

test.each([
  ['refused', { kind: 'GIVEN_UP', error: noSpace }],
  ['put off', { ...later, error: noSpace }],
] as const)(
  'rule 1: why the snapshot that a clone needs is %s stands with the clone',
  async (_what, settlement) => {
    const snapshotId = uuidIds.next('Snapshot')
    const { volume: clone } = await fleet.place(createIntent({ source: { snapshotId, volumeId: volume.id } }))
    const attemptsAt = async (id: VolumeId) => {
      const [operation] = await createFleetReader(db.database).latestOperationsByVolumeIds([id])
      return operation?.attempts.map(({ error }) => error)
    }
    const before = await attemptsAt(volume.id)
    const taken = await leases.lease(snapshotId)
    if (!taken) throw new Error('the snapshot is not wanted')
    await leases.settle(taken, settlement)
    expect(await attemptsAt(clone.id)).toEqual([noSpace])
    expect(await attemptsAt(volume.id)).toEqual(before)
  },
)
