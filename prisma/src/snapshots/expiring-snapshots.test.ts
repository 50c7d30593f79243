import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { uuidIds } from '../identity/uuid-ids.ts'
import { openSnapshotLeases } from '../testing/open-snapshot-leases.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import type { SnapshotLeaseStore } from './snapshot-lease-store.ts'
import { createSnapshotStore } from './snapshot-store.ts'

let db: TestDatabase
let fleet: TestFleet
let leases: SnapshotLeaseStore
let volumeId: VolumeId
let id: SnapshotId

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
  leases = openSnapshotLeases(db)
}, 300_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  await fleet.addCluster()
  const volume = await fleet.addVolume()
  volumeId = volume.id
  id = uuidIds.next('Snapshot')
  const wanted = { id, volumeId, name: 'nightly', labels: {}, retentionSeconds: 3_600 }
  const { snapshot } = await createSnapshotStore(db.database, db.bus).create(wanted, newOperation())
  const backend: BackendSnapshot = {
    backendId: 'taken',
    name: snapshot.backendName,
    project: 'default',
    volumeId: backendVolume(volume).backendId,
    sizeBytes: snapshot.sizeBytes,
    state: 'AVAILABLE',
    etag: null,
  }
  const lease = await leases.lease(id)
  if (!lease) throw new Error('is at rest or taken')
  await leases.settle(lease, { kind: 'PRESENT', backend })
})

const expire = () =>
  db.database.pool.query(`UPDATE snapshot SET expires_at = now() - interval '1 s', next_reconcile_at = now()`)

async function expectLeft(): Promise<void> {
  await expire()
  expect(await leases.takeDue(8, [])).toEqual([])
  expect(await leases.lease(id)).toBeNull()
}

async function expectGoing(): Promise<void> {
  expect(await leases.takeDue(8, [])).toEqual([{ id, clusterId: expect.any(String) }])
  expect(await leases.lease(id)).toMatchObject({ state: 'AVAILABLE' })
}

test('one whose time is over stays until the clone is made from it', async () => {
  const { volume } = await fleet.place(createIntent({ source: { snapshotId: id, volumeId: null } }))
  await expectLeft()
  await fleet.settle(await fleet.lease(volume.id), { kind: 'PRESENT', backend: backendVolume(volume) })
  await expectGoing()
})

test('one whose time is over stays until its volume is put back to it', async () => {
  const volumes = createVolumeStore(db.database, db.bus)
  const { volume } = await volumes.requestRestore(volumeId, id, newOperation(), null)
  await expectLeft()
  await fleet.settle(await fleet.lease(volumeId), { kind: 'PRESENT', backend: backendVolume(volume) })
  await expectGoing()
})
