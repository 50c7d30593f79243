import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { placeBatch } from '../placement/place-batch.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createTestFleet,
  GIB,
  newOperation,
  type TestFleet,
  updateIntent,
} from '../testing/test-fleet.ts'
import { createVolumeStore } from './volume-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let clusterId: ClusterId

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})
afterEach(() => assertLedger(pool))

const refusal = { code: 'INVALID_ARGUMENT', message: 'no' }

async function volume(id: VolumeId): Promise<Volume> {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function latestOperation(id: VolumeId) {
  const [operation] = await createFleetReader(db.database).latestOperationsByVolumeIds([id])
  return operation
}

/** What counts against the cluster's limit. */
async function promisedBytes(): Promise<bigint> {
  const [capacity] = await createFleetReader(db.database).capacitiesByClusterIds([clusterId])
  return (capacity?.provisionedBytes ?? 0n) + (capacity?.pendingBytes ?? 0n)
}

const shrink = (id: VolumeId, sizeBytes: bigint) => fleet.update(updateIntent(id, { sizeBytes, force: true }))

test.each<[name: string, isSeen: boolean]>([
  ['that no poll has seen', false],
  ['that a poll has seen', true],
])(
  'a volume %s is promised at its former size until its cluster confirms the smaller one',
  async (_name, isSeen) => {
    const own = await fleet.addVolume({ sizeBytes: 4n * GIB })
    const other = await fleet.addVolume()
    const seen = (bytes: bigint) => [backendVolume(own, { sizeBytes: bytes }), backendVolume(other)]
    if (isSeen) await fleet.observe(clusterId, seen(4n * GIB))
    const { volume: shrinking } = await shrink(own.id, GIB)
    expect(shrinking).toMatchObject({ state: 'RESIZING', sizeBytes: 4n * GIB, shrinkToBytes: GIB })
    expect(await promisedBytes()).toBe(10n * GIB)
    // A poll may see the smaller size before the worker has written it down.
    if (isSeen) await fleet.observe(clusterId, seen(GIB))
    expect(await promisedBytes()).toBe(10n * GIB)

    const backend = backendVolume(own, { sizeBytes: GIB })
    const lease = await fleet.lease(own.id)
    const outcomes = [
      await fleet.settle(lease, { kind: 'PRESENT', backend }),
      await fleet.settle(lease, { kind: 'PRESENT', backend }),
    ]
    expect(outcomes).toEqual(['SETTLED', 'CHANGED'])
    expect(await volume(own.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: GIB, shrinkToBytes: null })
    expect(await latestOperation(own.id)).toMatchObject({ kind: 'RESIZE_VOLUME', state: 'SUCCEEDED' })
    expect(await promisedBytes()).toBe(4n * GIB)
    await fleet.observe(clusterId, seen(GIB))
    expect(await promisedBytes()).toBe(4n * GIB)
  },
)

test('a shrink that its cluster refuses keeps the former size, and every byte of it', async () => {
  const own = await fleet.addVolume({ sizeBytes: 4n * GIB })
  await shrink(own.id, GIB)
  const lease = await fleet.lease(own.id)
  expect(lease).toMatchObject({ sizeBytes: 4n * GIB, shrinkToBytes: GIB })
  await fleet.settle(lease, {
    kind: 'CHANGE_REFUSED',
    propertiesTaken: false,
    backend: backendVolume(own),
    error: refusal,
  })
  expect(await volume(own.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: 4n * GIB, shrinkToBytes: null })
  expect(await latestOperation(own.id)).toMatchObject({ state: 'FAILED', error: refusal })
  expect(await promisedBytes()).toBe(8n * GIB)
})

test('a volume that is deleted while it shrinks gives its former size back, once', async () => {
  const own = await fleet.addVolume({ sizeBytes: 4n * GIB })
  await shrink(own.id, GIB)
  const lease = await fleet.lease(own.id)
  await createVolumeStore(db.database, db.bus).requestDeletion(own.id, newOperation(), null, false)
  const backend = backendVolume(own, { sizeBytes: GIB })
  expect(await fleet.settle(lease, { kind: 'PRESENT', backend })).toBe('CHANGED')
  expect(await promisedBytes()).toBe(8n * GIB)
  await fleet.settle(await fleet.lease(own.id), { kind: 'ABSENT' })
  expect(await promisedBytes()).toBe(0n)
})

test('a name is ours alone: renaming is done at once, whatever the cluster does, and frees the former name', async () => {
  const own = await fleet.addVolume({ name: 'before' })
  const { volume: renamed, operation } = await fleet.update(updateIntent(own.id, { name: 'after' }))
  expect(renamed).toMatchObject({ name: 'after', state: 'AVAILABLE', revision: 3 })
  expect(operation).toMatchObject({ kind: 'UPDATE_VOLUME', state: 'SUCCEEDED', finishedAt: expect.any(Date) })
  expect(await volume(own.id)).toEqual(renamed)
  const next = await fleet.addVolume({ name: 'before' })
  await expect(fleet.update(updateIntent(next.id, { name: 'after' }))).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    takenBy: own.id,
  })
})

test('other properties are wanted at once and done when the cluster has taken them', async () => {
  const own = await fleet.addVolume({ labels: { app: 'db' } })
  const wanted = { compression: true, qosPolicy: 'gold', labels: { app: 'web' } }
  const { operation } = await fleet.update(updateIntent(own.id, wanted))
  expect(operation).toMatchObject({ kind: 'UPDATE_VOLUME', state: 'PENDING' })
  const lease = await fleet.lease(own.id)
  expect(lease).toMatchObject({
    state: 'UPDATING',
    formerProperties: { compression: false, qosPolicy: null, labels: { app: 'db' } },
    ...wanted,
  })
  await expect(fleet.update(updateIntent(own.id, { compression: false }))).rejects.toMatchObject({
    code: 'INVALID_STATE',
  })
  await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(own) })
  expect(await volume(own.id)).toMatchObject({ state: 'AVAILABLE', ...wanted })
  expect((await latestOperation(own.id))?.state).toBe('SUCCEEDED')
})

test('growth back to the size on record, which others have cut off, reserves nothing, and refused it gives nothing back', async () => {
  const own = await fleet.addVolume({ sizeBytes: 4n * GIB })
  const cutOff = backendVolume(own, { sizeBytes: GIB })
  await fleet.observe(clusterId, [cutOff])
  const growBack = () => fleet.update(updateIntent(own.id, { sizeBytes: 4n * GIB }))
  expect(await growBack()).toMatchObject({
    volume: { state: 'UPDATING', sizeBytes: 4n * GIB },
    operation: { kind: 'RESIZE_VOLUME', state: 'PENDING' },
  })
  expect(await promisedBytes()).toBe(8n * GIB)
  await fleet.settle(await fleet.lease(own.id), {
    kind: 'CHANGE_REFUSED',
    propertiesTaken: false,
    backend: cutOff,
    error: refusal,
  })
  expect(await volume(own.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: 4n * GIB })
  expect(await promisedBytes()).toBe(8n * GIB)
  await growBack()
  const lease = await fleet.lease(own.id)
  expect(lease).toMatchObject({ sizeBytes: 4n * GIB, shrinkToBytes: null, formerProperties: null })
  await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(own) })
  await fleet.observe(clusterId, [backendVolume(own)])
  expect(await volume(own.id)).toMatchObject({ state: 'AVAILABLE', sizeBytes: 4n * GIB })
  expect(await promisedBytes()).toBe(8n * GIB)
})

test.each<[name: string, propertiesTaken: boolean]>([
  ['before the cluster took the properties keeps the former ones', false],
  ['after that keeps the new ones', true],
])(
  'growth together with properties, refused %s; the size is the former one',
  async (_name, propertiesTaken) => {
    const own = await fleet.addVolume({ labels: { app: 'db' } })
    await fleet.update(
      updateIntent(own.id, {
        sizeBytes: 5n * GIB,
        compression: true,
        qosPolicy: 'gold',
        labels: { app: 'web' },
      }),
    )
    const taken = propertiesTaken && { compression: true, qosPolicy: 'gold', labels: { app: 'web' } }
    await fleet.settle(await fleet.lease(own.id), {
      kind: 'CHANGE_REFUSED',
      propertiesTaken,
      backend: { ...backendVolume(own), ...taken },
      error: refusal,
    })
    const { rows } = await pool.query('SELECT written FROM volume WHERE id = $1', [own.id])
    expect(rows[0].written).toMatchObject({ labels: backendVolume(own).labels, ...taken })
    expect(await volume(own.id)).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: GIB,
      compression: propertiesTaken,
      qosPolicy: propertiesTaken ? 'gold' : null,
      labels: { app: propertiesTaken ? 'web' : 'db' },
    })
    expect(await promisedBytes()).toBe(2n * GIB)
  },
)

test('updates of one batch are written in one statement, each volume as wanted, and one that is changed twice as it was in the end', async () => {
  const [renamed, changed, grown, shrunk] = [
    await fleet.addVolume({ labels: { tier: 'slow' } }),
    await fleet.addVolume({ labels: { tier: 'slow' } }),
    await fleet.addVolume(),
    await fleet.addVolume({ sizeBytes: 4n * GIB }),
  ]
  const statements: string[] = []
  const { pool: watched } = db.connect()
  watched.on('acquire', (client) => {
    const { query } = client
    const noting = (...statement: Parameters<pg.PoolClient['query']>) => {
      if (String(statement[0]).startsWith('UPDATE volume')) statements.push(String(statement[0]))
      return query.apply(client, statement)
    }
    Object.assign(client, { query: noting })
  })
  const answers = await placeBatch({ ...db.database, pool: watched }, fleet.policies, 'default', [
    updateIntent(renamed.id, { name: 'first' }),
    updateIntent(renamed.id, { name: 'second', expectedRevision: 3 }),
    updateIntent(changed.id, { labels: { tier: 'fast' }, qosPolicy: 'gold', compression: true }),
    updateIntent(changed.id, { name: 'third' }),
    updateIntent(changed.id, { labels: {} }),
    updateIntent(grown.id, { sizeBytes: 3n * GIB, expectedRevision: 99 }),
    updateIntent(grown.id, { sizeBytes: 3n * GIB }),
    updateIntent(shrunk.id, { sizeBytes: GIB, force: true }),
  ])
  expect(answers.map((each) => (each.kind === 'REFUSED' ? each.error.message : each.kind))).toEqual([
    'UPDATED',
    'UPDATED',
    'UPDATED',
    'UPDATED',
    expect.stringMatching(/is UPDATING/),
    expect.stringMatching(/revision/),
    'UPDATED',
    'UPDATED',
  ])
  expect(statements).toHaveLength(1)
  const updated = answers.flatMap((each) => (each.kind === 'UPDATED' ? [each.updated.volume] : []))
  expect(await volume(renamed.id)).toEqual(updated[1])
  expect(await volume(changed.id)).toEqual(updated[3])
  expect(await volume(grown.id)).toEqual(updated[4])
  expect(await volume(shrunk.id)).toEqual(updated[5])
  const { rows } = await pool.query('SELECT former_properties AS former FROM volume WHERE id = ANY ($1)', [
    [renamed.id, changed.id],
  ])
  expect(rows.map(({ former }) => former).filter(Boolean)).toEqual([
    { compression: false, qosPolicy: null, labels: { tier: 'slow' } },
  ])
})
