import type { VolumeId } from '@flotilla/core/identity/ids'
import type { OperationStore } from '@flotilla/core/ports/operation-store'
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
import { twiceAtOnce } from '../testing/twice-at-once.ts'
import { createOperationStore } from './operation-store.ts'

let db: TestDatabase
let fleet: TestFleet
let operations: OperationStore

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
  operations = createOperationStore(db.database, db.bus)
}, 300_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  await fleet.addCluster()
})
afterEach(() => assertLedger(db.database.pool))

async function volume(id: VolumeId) {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  return found
}

/** With what is kept of it, so that the size before is known. */
const grow = (id: VolumeId, sizeBytes: bigint) => {
  const intent = growIntent(id, sizeBytes)
  return fleet.update({
    ...intent,
    operation: { ...intent.operation, request: { id, sizeBytes: String(sizeBytes) } },
  })
}
const unasked = {
  kind: 'POSTPONED',
  error: null,
  delayMs: 0,
  createUnknown: false,
  changeAsked: false,
} as const

test('growth is taken back with its promise, and can be asked for again', async () => {
  const { id } = await fleet.addVolume()
  const grown = await grow(id, 5n * GIB)
  const cancelled = await operations.cancel(
    grown.operation.id,
    newOperation({ formerId: grown.operation.id }),
  )
  expect(cancelled.operation).toMatchObject({ state: 'CANCELLED', error: { code: 'CANCELLED' } })
  expect(cancelled.cancellation).toMatchObject({ kind: 'CANCEL_OPERATION', state: 'SUCCEEDED', volumeId: id })
  expect(await volume(id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: GIB })
  await assertLedger(db.database.pool)
  expect((await grow(id, 2n * GIB)).volume).toMatchObject({ state: 'RESIZING', sizeBytes: 2n * GIB })
})

test('what a worker has taken may have been asked for, until he gives it back without having asked', async () => {
  const { id } = await fleet.addVolume()
  const { operation } = await grow(id, 5n * GIB)
  const lease = await fleet.lease(id)
  const attempt = () => operations.cancel(operation.id, newOperation({ formerId: operation.id }))
  await expect(attempt()).rejects.toMatchObject({ code: 'INVALID_STATE' })
  await fleet.settle(lease, unasked)
  await db.database.pool.query(`UPDATE volume SET leased_until = NULL`)
  expect((await attempt()).operation.state).toBe('CANCELLED')
})

test('doubt stays: a worker that vanished may have asked, whatever the next one does', async () => {
  const { id } = await fleet.addVolume()
  const { operation } = await grow(id, 5n * GIB)
  await fleet.lease(id)
  await db.database.pool.query(`UPDATE volume SET leased_until = now() - interval '1 s'`)
  await fleet.settle(await fleet.lease(id), unasked)
  const cancelling = operations.cancel(operation.id, newOperation({ formerId: operation.id }))
  await expect(cancelling).rejects.toMatchObject({ code: 'INVALID_STATE' })
})

test.each(['PRESENT', 'CHANGE_REFUSED'] as const)(
  'a change that ended %s leaves no doubt for the next one',
  async (kind) => {
    const { id } = await fleet.addVolume()
    await grow(id, 3n * GIB)
    const backend = backendVolume({ id, replicas: 2, sizeBytes: kind === 'PRESENT' ? 3n * GIB : GIB })
    const refusal = { error: { code: 'X', message: 'no' }, propertiesTaken: false }
    const settlement = kind === 'PRESENT' ? { kind, backend } : { kind, backend, ...refusal }
    await fleet.settle(await fleet.lease(id), settlement)
    const { operation } = await grow(id, 4n * GIB)
    expect((await operations.cancel(operation.id, newOperation())).operation.state).toBe('CANCELLED')
  },
)

test('of a cancellation and a worker that come at once, exactly one gets the volume', async () => {
  const volumes = await Promise.all(Array.from({ length: 12 }, () => fleet.addVolume()))
  const grown = await Promise.all(volumes.map(({ id }) => grow(id, 2n * GIB)))
  const outcomes = await Promise.all(
    grown.map(async ({ operation, volume: { id } }, number) => {
      const cancel = () => operations.cancel(operation.id, newOperation({ formerId: operation.id }))
      const lease = () => fleet.lease(id)
      const order = number % 2 === 0 ? [cancel, lease] : [lease, cancel]
      const answers = await Promise.allSettled(order.map((each) => each()))
      return answers.filter(({ status }) => status === 'fulfilled').length
    }),
  )
  expect(outcomes).toEqual(Array(12).fill(1))
})

test('a creation that is cancelled becomes a deletion; twice under one key is once, and another key is refused', async () => {
  const { volume: made, operation } = await fleet.place(createIntent())
  const record = newOperation({ formerId: operation.id })
  const first = await operations.cancel(operation.id, record)
  expect(first.cancellation).toMatchObject({
    kind: 'DELETE_VOLUME',
    state: 'PENDING',
    formerId: operation.id,
  })
  expect((await operations.cancel(operation.id, record)).cancellation.id).toBe(first.cancellation.id)
  await expect(operations.cancel(operation.id, newOperation())).rejects.toMatchObject({
    code: 'INVALID_STATE',
  })
  expect((await volume(made.id))?.state).toBe('DELETING')
  await fleet.settle(await fleet.lease(made.id), { kind: 'ABSENT' })
  expect((await volume(made.id))?.state).toBe('DELETED')
})

test('the same cancellation twice at once cancels once, and both are told so', async () => {
  const { id } = await fleet.addVolume()
  const { operation } = await grow(id, 2n * GIB)
  const record = newOperation({ formerId: operation.id })
  const cancel = () => operations.cancel(operation.id, record)
  const [first, second] = await twiceAtOnce(db.database.pool, id, cancel)
  expect(first.operation.state).toBe('CANCELLED')
  expect(second.cancellation.id).toBe(first.cancellation.id)
})
