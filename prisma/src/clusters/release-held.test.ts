import type { ClusterId, HostId, SnapshotId } from '@flotilla/core/identity/ids'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { HostStore } from '@flotilla/core/ports/host-store'
import type { SnapshotStore } from '@flotilla/core/ports/snapshot-store'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createHostStore } from '../hosts/host-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let hosts: HostStore
let volumes: VolumeStore
let snapshots: SnapshotStore
let clusterId: ClusterId
let volume: Volume

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  hosts = createHostStore(db.database, db.bus)
  volumes = createVolumeStore(db.database, db.bus)
  snapshots = createSnapshotStore(db.database, db.bus)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
  volume = await fleet.addVolume()
})

const release = () => fleet.clusters.detach(clusterId, newOperation(), true)

async function addHost(): Promise<HostId> {
  const id = uuidIds.next('Host')
  const wanted = { id, nqn: `nqn.2019-09.com.example:${id}`, name: null, addresses: [] }
  return (await hosts.register(wanted, newOperation())).host.id
}

async function addSnapshot(): Promise<SnapshotId> {
  const id = uuidIds.next('Snapshot')
  const wanted = { id, volumeId: volume.id, name: 'nightly', labels: {}, retentionSeconds: null }
  return (await snapshots.create(wanted, newOperation())).snapshot.id
}

const attach = (hostId: HostId) => {
  const intent = { volumeId: volume.id, operation: newOperation(), expectedRevision: null, force: false }
  return hosts.attach(intent, [hostId], 'EXCLUSIVE')
}

async function whileHeld<T>(
  table: 'volume' | 'snapshot',
  id: string,
  work: (holder: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const holder = await pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query(`SELECT 1 FROM ${table} WHERE id = $1 FOR UPDATE`, [id])
    return await work(holder)
  } finally {
    await holder.query('COMMIT')
    holder.release()
  }
}

/** What is asked is committed while the release waits for its row. */
async function askWhileReleased(
  table: 'volume' | 'snapshot',
  id: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  const both = await whileHeld(table, id, async () => {
    const asking = ask()
    await untilBlocked(pool, 1)
    const releasing = release()
    await untilBlocked(pool, 2)
    return [asking, releasing]
  })
  await Promise.all(both)
}

test.each<[kind: OperationKind, ask: () => Promise<void>]>([
  [
    'DELETE_VOLUME',
    () =>
      askWhileReleased('volume', volume.id, () =>
        volumes.requestDeletion(volume.id, newOperation(), null, false),
      ),
  ],
  [
    'ATTACH_VOLUME',
    async () => {
      const hostId = await addHost()
      await askWhileReleased('volume', volume.id, () => attach(hostId))
      await hosts.delete(hostId, null, newOperation())
    },
  ],
  [
    'DELETE_SNAPSHOT',
    async () => {
      const id = await addSnapshot()
      await askWhileReleased('snapshot', id, () => snapshots.requestDeletion(id, newOperation(), null))
    },
  ],
])('%s that is committed while its cluster leaves with what it holds is cancelled', async (kind, ask) => {
  await ask()
  const { rows } = await pool.query(
    `SELECT kind, state, error_code, (SELECT count(*)::int FROM event WHERE subject_id = operation.id) AS told
     FROM operation WHERE state IN ('PENDING', 'RUNNING') OR kind = $1`,
    [kind],
  )
  expect(rows).toEqual([{ kind, state: 'CANCELLED', error_code: 'RELEASED', told: 2 }])
  const held = await pool.query('SELECT state FROM volume UNION SELECT state FROM snapshot')
  expect(held.rows).toEqual([{ state: 'RELEASED' }])
})

test('whoever has a volume gets at its attachments while its cluster leaves', async () => {
  await attach(await addHost())
  const released = await whileHeld('volume', volume.id, async (holder) => {
    const releasing = release()
    await untilBlocked(pool, 1)
    // Who looks for a deadlock is who loses; this one looks at once.
    await holder.query(`SET LOCAL deadlock_timeout = '1ms'`)
    await holder.query('UPDATE attachment SET confirmed_mode = wanted_mode WHERE volume_id = $1', [volume.id])
    return [releasing]
  })
  await Promise.all(released)
  expect(await db.database.prisma.attachment.count()).toBe(0)
})
