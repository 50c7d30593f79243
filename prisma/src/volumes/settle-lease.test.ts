import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { ATTEMPTS_KEPT } from '@flotilla/core/operations/operation'
import type { VolumeStore } from '@flotilla/core/ports/volume-store'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  GIB,
  growIntent,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { settleLease } from './settle-lease.ts'
import { createVolumeStore } from './volume-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let volumes: VolumeStore
let clusterId: ClusterId

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  volumes = createVolumeStore(db.database, db.bus)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})
afterEach(() => assertLedger(pool))

const noSpace = { code: 'NO_SPACE', message: 'is full' }
const place = async () => (await fleet.place(createIntent())).volume
const requestDeletion = (id: VolumeId) => volumes.requestDeletion(id, newOperation(), null, false)

async function volume(id: VolumeId): Promise<Volume> {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function latestOperation(id: VolumeId) {
  const [operation] = await createFleetReader(db.database).latestOperationsByVolumeIds([id])
  return operation
}

async function pendingBytes(): Promise<bigint | undefined> {
  const [capacity] = await createFleetReader(db.database).capacitiesByClusterIds([clusterId])
  return capacity?.pendingBytes
}

async function eventsOf(subjectId: string): Promise<number> {
  const { rows } = await pool.query<{ count: bigint }>('SELECT count(*) FROM event WHERE subject_id = $1', [
    subjectId,
  ])
  return Number(rows[0]?.count)
}

test('present: available, the operation done, its bytes charged until a poll has seen it', async () => {
  const wanted = await place()
  const events = await eventsOf(wanted.id)
  const lease = await fleet.lease(wanted.id)
  expect(await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(wanted) })).toBe('SETTLED')
  expect(await volume(wanted.id)).toMatchObject({
    state: 'AVAILABLE',
    backendId: `backend-${wanted.backendName}`,
    revision: 2,
  })
  expect(await latestOperation(wanted.id)).toMatchObject({ state: 'SUCCEEDED', attemptCount: 1, error: null })
  expect(await pendingBytes()).toBe(2n * GIB)
  expect(await eventsOf(wanted.id)).toBe(events + 1)
})

test('given up: failed with the reason, and its bytes are free', async () => {
  const wanted = await place()
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'GIVEN_UP', error: noSpace })
  expect((await volume(wanted.id)).state).toBe('FAILED')
  expect(await latestOperation(wanted.id)).toMatchObject({
    state: 'FAILED',
    error: noSpace,
    attempts: [{ error: noSpace }],
  })
  expect(await pendingBytes()).toBe(0n)
})

test('postponed: nothing is settled, the attempt is on record, and it is due again after the delay', async () => {
  const wanted = await place()
  const error = { code: 'TIMEOUT', message: 'no answer' }
  await fleet.settle(await fleet.lease(wanted.id), {
    kind: 'POSTPONED',
    error,
    delayMs: 60_000,
    createUnknown: false,
    changeAsked: false,
  })
  expect((await volume(wanted.id)).state).toBe('CREATING')
  expect(await latestOperation(wanted.id)).toMatchObject({
    state: 'RUNNING',
    progress: 'no answer',
    attemptCount: 1,
    attempts: [{ error }],
  })
  const { rows } = await pool.query(`SELECT next_reconcile_at > now() + interval '50 s' AS later FROM volume`)
  expect(rows[0].later).toBe(true)
  expect(await pendingBytes()).toBe(2n * GIB)
})

test('the newest attempts are kept, all are counted', async () => {
  const wanted = await place()
  for (let attempt = 1; attempt <= ATTEMPTS_KEPT + 3; attempt++) {
    const error = { code: 'TIMEOUT', message: `attempt ${attempt}` }
    await fleet.settle(await fleet.lease(wanted.id), {
      kind: 'POSTPONED',
      error,
      delayMs: 0,
      createUnknown: false,
      changeAsked: false,
    })
  }
  const operation = await latestOperation(wanted.id)
  expect(operation?.attemptCount).toBe(ATTEMPTS_KEPT + 3)
  expect(operation?.attempts.map((attempt) => attempt.error?.message)).toEqual(
    Array.from({ length: ATTEMPTS_KEPT }, (_, index) => `attempt ${ATTEMPTS_KEPT + 3 - index}`),
  )
})

test.each<[name: string, isSeen: boolean]>([
  ['that no poll has seen', false],
  ['that a poll has seen', true],
])('a deleted volume %s gives its bytes back exactly once', async (_name, isSeen) => {
  const present = await fleet.addVolume()
  const other = await fleet.addVolume()
  if (isSeen) await fleet.observe(clusterId, [backendVolume(present), backendVolume(other)])
  const before = await pendingBytes()
  const { operation } = await requestDeletion(present.id)
  expect(operation).toMatchObject({ kind: 'DELETE_VOLUME', state: 'PENDING' })
  expect(await pendingBytes()).toBe(before)

  const lease = await fleet.lease(present.id)
  const outcomes = await Promise.all(
    [db.connect(), db.connect(), db.connect()].map((database) =>
      settleLease(database, lease, { kind: 'ABSENT' }),
    ),
  )
  expect(outcomes.toSorted()).toEqual(['CHANGED', 'CHANGED', 'SETTLED'])
  expect(await volume(present.id)).toMatchObject({ state: 'DELETED', deletedAt: expect.any(Date) })
  expect((await latestOperation(present.id))?.state).toBe('SUCCEEDED')
  expect(await pendingBytes()).toBe(isSeen ? 0n : 2n * GIB)
  await fleet.observe(clusterId, [backendVolume(other)])
  expect(await pendingBytes()).toBe(0n)
})

test('what was deleted while it was being created is told to the one who creates it', async () => {
  const wanted = await place()
  const lease = await fleet.lease(wanted.id)
  const create = await latestOperation(wanted.id)
  await requestDeletion(wanted.id)
  expect(await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(wanted) })).toBe('CHANGED')
  expect((await volume(wanted.id)).state).toBe('DELETING')
  const [cancelled] = await createFleetReader(db.database).operationsByIds([create?.id ?? 'op_'])
  expect(cancelled).toMatchObject({ state: 'CANCELLED', error: { code: 'SUPERSEDED' } })
  const next = await fleet.lease(wanted.id)
  await fleet.settle(next, { kind: 'ABSENT' })
  expect(await pendingBytes()).toBe(0n)
})

test('growth that the cluster refuses is taken back: the former size, and only the difference is freed', async () => {
  const grown = await fleet.addVolume()
  await fleet.update(growIntent(grown.id, 5n * GIB))
  const backend = backendVolume(grown)
  await fleet.settle(await fleet.lease(grown.id), {
    kind: 'CHANGE_REFUSED',
    propertiesTaken: false,
    backend,
    error: noSpace,
  })
  expect(await volume(grown.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: GIB })
  expect(await latestOperation(grown.id)).toMatchObject({
    kind: 'RESIZE_VOLUME',
    state: 'FAILED',
    error: noSpace,
  })
  expect(await pendingBytes()).toBe(2n * GIB)
})

test('growth refused after a poll has seen the volume leaves nothing pending', async () => {
  const grown = await fleet.addVolume()
  await fleet.observe(clusterId, [backendVolume(grown)])
  await fleet.update(growIntent(grown.id, 5n * GIB))
  await fleet.settle(await fleet.lease(grown.id), {
    kind: 'CHANGE_REFUSED',
    propertiesTaken: false,
    backend: backendVolume(grown),
    error: noSpace,
  })
  expect(await pendingBytes()).toBe(0n)
})

test('a volume that vanished while it grew is missing as it was, and what it was to grow by is promised no more', async () => {
  const grown = await fleet.addVolume()
  await fleet.observe(clusterId, [backendVolume(grown)])
  await fleet.update(growIntent(grown.id, 5n * GIB))
  const error = { code: 'NOT_FOUND', message: 'is gone' }
  const lease = await fleet.lease(grown.id)
  const { writtenSizeBytes } = lease
  expect(writtenSizeBytes).toBe(GIB)
  await fleet.settle(lease, { kind: 'VANISHED', error, writtenSizeBytes })
  expect(await volume(grown.id)).toMatchObject({ state: 'MISSING', sizeBytes: GIB })
  expect(await latestOperation(grown.id)).toMatchObject({ kind: 'RESIZE_VOLUME', state: 'FAILED', error })
  expect(await pendingBytes()).toBe(0n)
  await fleet.observe(clusterId, [backendVolume(grown)])
  expect(await volume(grown.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: GIB })
  expect(await pendingBytes()).toBe(0n)
})

test('a change that its cluster has taken is on record until the volume is settled', async () => {
  const own = await fleet.addVolume()
  await fleet.update(growIntent(own.id, 5n * GIB))
  const later = {
    kind: 'POSTPONED',
    error: null,
    delayMs: 0,
    createUnknown: false,
    changeAsked: true,
  } as const
  await fleet.settle(await fleet.lease(own.id), { ...later, changeTaken: true })
  const second = await fleet.lease(own.id)
  expect(second.changeTaken).toBe(true)
  await fleet.settle(second, later)
  const third = await fleet.lease(own.id)
  expect(third.changeTaken).toBe(true)
  await fleet.settle(third, {
    kind: 'CHANGE_REFUSED',
    propertiesTaken: false,
    backend: backendVolume(own),
    error: noSpace,
  })
  await fleet.update(growIntent(own.id, 5n * GIB))
  expect((await fleet.lease(own.id)).changeTaken).toBe(false)
})

test('growth that is done stays charged by its difference until a poll has seen it', async () => {
  const grown = await fleet.addVolume()
  await fleet.observe(clusterId, [backendVolume(grown)])
  const { volume: wanted } = await fleet.update(growIntent(grown.id, 5n * GIB))
  await fleet.settle(await fleet.lease(grown.id), { kind: 'PRESENT', backend: backendVolume(wanted) })
  expect((await volume(grown.id)).state).toBe('AVAILABLE')
  expect(await pendingBytes()).toBe(8n * GIB)
})

test('a leftover of a volume that was given up is removed without a trace in the ledger', async () => {
  const wanted = await place()
  await fleet.settle(await fleet.lease(wanted.id), {
    kind: 'POSTPONED',
    error: null,
    delayMs: 0,
    createUnknown: true,
    changeAsked: false,
  })
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'GIVEN_UP', error: noSpace })
  await fleet.observe(clusterId, [backendVolume(wanted)])
  const lease = await fleet.lease(wanted.id)
  expect(lease.state).toBe('FAILED')
  await fleet.settle(lease, { kind: 'ABSENT' })
  expect(await pendingBytes()).toBe(0n)
  expect(await latestOperation(wanted.id)).toMatchObject({
    kind: 'CREATE_VOLUME',
    state: 'FAILED',
    error: noSpace,
  })
})

test('that a create may have been sent is kept over a deletion, even when its worker dies', async () => {
  const wanted = await place()
  await fleet.lease(wanted.id)
  await pool.query('UPDATE volume SET leased_until = NULL')
  await requestDeletion(wanted.id)
  await fleet.lease(wanted.id)
  await pool.query('UPDATE volume SET leased_until = NULL')
  const lease = await fleet.lease(wanted.id)
  expect(lease).toMatchObject({ state: 'DELETING', createUnknownAt: expect.any(Date) })
  await fleet.settle(lease, { kind: 'ABSENT' })
  const { leftovers } = await fleet.observe(clusterId, [backendVolume(wanted)])
  expect(leftovers).toEqual([wanted.id])
})

test.each([
  ['while it may come is deleted as ours', 'now()', true],
  ['long after is somebody else’s', `now() - interval '1 h'`, false],
])('a second create of a deleted volume that is carried out %s', async (_when, sentAt, isOurs) => {
  const wanted = await place()
  const backend = backendVolume(wanted)
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'PRESENT', backend, createUnknown: true })
  await pool.query(`UPDATE volume SET create_unknown_at = ${sentAt} WHERE create_unknown_at IS NOT NULL`)
  await requestDeletion(wanted.id)
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'ABSENT' })
  const { leftovers } = await fleet.observe(clusterId, [{ ...backend, backendId: 'its-twin' }])
  expect(leftovers).toEqual(isOurs ? [wanted.id] : [])
})

test('what has the name of a volume that was given up before anybody could have made it is nobody of ours', async () => {
  const wanted = await place()
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'GIVEN_UP', error: noSpace })
  const { leftovers } = await fleet.observe(clusterId, [backendVolume(wanted)])
  expect(leftovers).toEqual([])
})

test('settling, polling and placing at once leave a ledger that adds up', async () => {
  const present = await Promise.all(Array.from({ length: 6 }, () => fleet.addVolume()))
  await Promise.all(present.map(({ id }) => requestDeletion(id)))
  const leases = await Promise.all(present.map(({ id }) => fleet.lease(id)))
  await Promise.all([
    ...leases.map((lease) => fleet.settle(lease, { kind: 'ABSENT' })),
    ...Array.from({ length: 6 }, () => place()),
    ...present.map((each) => fleet.observe(clusterId, [backendVolume(each)])),
  ])
  await fleet.observe(clusterId, [])
  expect(await pendingBytes()).toBe(12n * GIB)
}, 20_000)

test('a deletion is answered again under its key, and is a conflict for another volume', async () => {
  const [one, other] = [await fleet.addVolume(), await fleet.addVolume()]
  const operation = newOperation({ idempotencyKey: 'k', inputFingerprint: 'f' })
  const first = await volumes.requestDeletion(one.id, operation, null, false)
  const again = newOperation({ idempotencyKey: 'k', inputFingerprint: 'f' })
  expect((await volumes.requestDeletion(one.id, again, null, false)).operation).toEqual(first.operation)
  const conflict = newOperation({ idempotencyKey: 'k', inputFingerprint: 'g' })
  await expect(volumes.requestDeletion(other.id, conflict, null, false)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    operationId: first.operation.id,
  })
  expect((await volume(other.id)).state).toBe('AVAILABLE')
})

test('of several that delete one volume at once one does, the others are told', async () => {
  const present = await fleet.addVolume()
  const answers = await Promise.allSettled([1, 2, 3].map(() => requestDeletion(present.id)))
  expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []))
  expect(refused).toEqual(['INVALID_STATE', 'INVALID_STATE'])
})

test('a deletion of what is unknown, deleted, or has another revision is refused', async () => {
  const present = await fleet.addVolume()
  const unknown = 'vol_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
  await expect(requestDeletion(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(volumes.requestDeletion(present.id, newOperation(), 1, false)).rejects.toMatchObject({
    code: 'REVISION_CONFLICT',
    currentRevision: 2,
  })
  await requestDeletion(present.id)
  await fleet.settle(await fleet.lease(present.id), { kind: 'ABSENT' })
  await expect(requestDeletion(present.id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a volume that failed is deleted at once: no cluster has anything of it', async () => {
  const wanted = await place()
  await fleet.settle(await fleet.lease(wanted.id), { kind: 'GIVEN_UP', error: noSpace })
  const deleted = await requestDeletion(wanted.id)
  expect(deleted).toMatchObject({ volume: { state: 'DELETED' }, operation: { state: 'SUCCEEDED' } })
  expect(await pendingBytes()).toBe(0n)
})
