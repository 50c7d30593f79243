import type { AttachmentMode } from '@flotilla/core/hosts/attachment'
import type { HostId, VolumeId } from '@flotilla/core/identity/ids'
import type { HostStore } from '@flotilla/core/ports/host-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { backendVolume, createTestFleet, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createHostStore } from './host-store.ts'

let db: TestDatabase
let fleet: TestFleet
let hosts: HostStore
let volume: Volume

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
  hosts = createHostStore(db.database, db.bus)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  await fleet.addCluster()
  volume = await fleet.addVolume()
})

async function addHost(): Promise<{ id: HostId; nqn: string }> {
  const id = uuidIds.next('Host')
  const wanted = { id, nqn: `nqn.2019-09.com.example:${id}`, name: null, addresses: [] }
  return (await hosts.register(wanted, newOperation())).host
}

const intent = () => ({
  volumeId: volume.id,
  operation: newOperation(),
  expectedRevision: null,
  force: false,
})
const attach = (hostIds: readonly HostId[], mode: AttachmentMode = 'EXCLUSIVE') =>
  hosts.attach(intent(), hostIds, mode)
const admitting = (hostNqns: readonly string[]) =>
  backendVolume(volume, { access: { hostNqns, addresses: 'ANY' } })

async function attachments(id: VolumeId = volume.id) {
  const [found] = await createFleetReader(db.database).attachmentsByVolumeIds([id])
  return (found ?? []).map(({ hostId, wantedMode, confirmedMode }) => ({ hostId, wantedMode, confirmedMode }))
}

async function observedHosts() {
  const [found] = await createFleetReader(db.database).volumesByIds([volume.id])
  return found?.observed?.access?.hostNqns
}

test('of many that attach a volume exclusively at once one does, the others are told', async () => {
  const wanting = await Promise.all(Array.from({ length: 6 }, addHost))
  const answers = await Promise.allSettled(wanting.map(({ id }) => attach([id])))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refusals = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
  expect(new Set(refusals)).toEqual(new Set(['INVALID_STATE']))
  expect(await attachments()).toMatchObject([{ wantedMode: 'EXCLUSIVE', confirmedMode: null }])
})

test('a host that is deleted and attached at the same moment is one of the two', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await addHost()
    const [attached, deleted] = await Promise.allSettled([
      attach([id], 'SHARED'),
      hosts.delete(id, null, newOperation()),
    ])
    expect([attached.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected'])
    if (attached.status === 'fulfilled') {
      const lease = await fleet.lease(volume.id)
      await fleet.settle(lease, { kind: 'PRESENT', backend: admitting([]) })
    }
  }
})

test('a lease tells whom to admit while that is not confirmed, and nobody afterwards', async () => {
  const [first, second] = [await addHost(), await addHost()]
  await attach([first.id], 'SHARED')
  const lease = await fleet.lease(volume.id)
  expect(lease.wantedAccess?.hosts).toMatchObject([{ nqn: first.nqn, mode: 'SHARED' }])
  await fleet.settle(lease, { kind: 'PRESENT', backend: admitting([first.nqn]) })
  expect(await attachments()).toEqual([{ hostId: first.id, wantedMode: 'SHARED', confirmedMode: 'SHARED' }])
  expect(await observedHosts()).toEqual([first.nqn])
  await attach([second.id], 'SHARED')
  const next = await fleet.lease(volume.id)
  expect(next.wantedAccess?.hosts.map(({ nqn }) => nqn).sort()).toEqual([first.nqn, second.nqn].sort())
})

test.each(['CHANGE_REFUSED', 'VANISHED'] as const)('%s leaves what was confirmed before', async (kind) => {
  const [first, second] = [await addHost(), await addHost()]
  await attach([first.id], 'SHARED')
  await fleet.settle(await fleet.lease(volume.id), { kind: 'PRESENT', backend: admitting([first.nqn]) })
  const before = await attachments()
  await attach([second.id], 'SHARED')
  const error = { code: 'INVALID_ARGUMENT', message: 'no' }
  const lease = await fleet.lease(volume.id)
  await fleet.settle(
    lease,
    kind === 'VANISHED'
      ? { kind, error, writtenSizeBytes: lease.writtenSizeBytes }
      : { kind, backend: admitting([first.nqn]), error, propertiesTaken: false },
  )
  expect(await attachments()).toEqual(before)
})

test('an inventory tells who is admitted by now; one from before the change was confirmed does not', async () => {
  const { id, nqn } = await addHost()
  await attach([id])
  const lease = await fleet.lease(volume.id)
  const early = await fleet.beginPoll(volume.clusterId)
  await fleet.settle(lease, { kind: 'PRESENT', backend: admitting([nqn]) })
  await fleet.finishPoll(early, [admitting([])])
  expect(await observedHosts()).toEqual([nqn])
  await fleet.observe(volume.clusterId, [admitting([nqn, 'nqn.2019-09.com.example:other'])])
  expect(await observedHosts()).toEqual([nqn, 'nqn.2019-09.com.example:other'])
  await fleet.observe(volume.clusterId, [])
  expect(await observedHosts()).toBeUndefined()
})

test('an attachment is answered again under its key, and is a conflict with another input', async () => {
  const { id } = await addHost()
  const operation = newOperation()
  const first = await hosts.attach({ ...intent(), operation }, [id], 'EXCLUSIVE')
  const again = await hosts.attach({ ...intent(), operation }, [id], 'EXCLUSIVE')
  expect(again.operation.id).toBe(first.operation.id)
  const other = { ...intent(), operation: { ...operation, inputFingerprint: 'other' } }
  await expect(hosts.attach(other, [id], 'SHARED')).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  const stale = { ...intent(), expectedRevision: 0 }
  await expect(hosts.attach(stale, [id], 'SHARED')).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
})

test('a lease that waited for an attachment to be committed knows its host', async () => {
  const { id, nqn } = await addHost()
  const blocker = await db.database.pool.connect()
  await blocker.query('BEGIN')
  await blocker.query('SELECT 1 FROM volume WHERE id = $1 FOR UPDATE', [volume.id])
  const attaching = attach([id])
  await untilBlocked(db.database.pool, 1)
  const leasing = fleet.lease(volume.id)
  await untilBlocked(db.database.pool, 2)
  await blocker.query('COMMIT')
  blocker.release()
  await attaching
  expect((await leasing).wantedAccess?.hosts).toMatchObject([{ nqn, mode: 'EXCLUSIVE' }])
})
