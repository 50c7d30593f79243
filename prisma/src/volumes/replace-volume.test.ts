import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readDecisions } from '../placement/read-decisions.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  GIB,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { replaceVolume } from './replace-volume.ts'
import { createVolumeStore } from './volume-store.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())
afterEach(() => assertLedger(pool))

const noSpace = { code: 'NO_SPACE', message: 'is full' }
const place = async () => (await fleet.place(createIntent())).volume
const replace = (lease: VolumeLease, database = db.database) =>
  replaceVolume(database, fleet.policies, lease, noSpace)

async function volume(id: VolumeId) {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function failure(id: VolumeId) {
  const [operation] = await createFleetReader(db.database).latestOperationsByVolumeIds([id])
  return operation?.state === 'FAILED' ? operation.error : null
}

async function pendingBytes(ids: readonly ClusterId[]) {
  const capacities = await createFleetReader(db.database).capacitiesByClusterIds(ids)
  return capacities.map((capacity) => capacity?.pendingBytes)
}

test('N10: a refused volume moves to the next best cluster: the ledger of both, the record and the attempt go with it', async () => {
  await fleet.addCluster()
  await fleet.addCluster()
  const wanted = await place()
  expect(await replace(await fleet.lease(wanted.id))).toBe('REPLACED')
  const moved = await volume(wanted.id)
  expect(moved).toMatchObject({
    state: 'CREATING',
    backendName: wanted.backendName,
    decisionId: wanted.decisionId,
  })
  expect(moved.clusterId).not.toBe(wanted.clusterId)
  expect(await pendingBytes([wanted.clusterId, moved.clusterId])).toEqual([0n, 2n * GIB])
  const [decision] = await readDecisions(pool, [wanted.decisionId ?? 'dec_none'])
  expect(decision).toMatchObject({ hop: 1, clusterId: moved.clusterId, volumeId: wanted.id })
  expect(decision?.verdicts.at(-1)).toMatchObject({
    clusterId: wanted.clusterId,
    rejection: { reason: 'EXCLUDED' },
  })
  const [operation] = await createFleetReader(db.database).latestOperationsByVolumeIds([wanted.id])
  expect(operation).toMatchObject({ state: 'RUNNING', attempts: [{ error: noSpace }] })
  expect((await fleet.lease(wanted.id)).createUnknownAt).toBeNull()
})

test('N10: each cluster that has refused is excluded from all later choices; the record keeps every hop', async () => {
  for (let clusters = 0; clusters < 6; clusters++) await fleet.addCluster()
  const wanted = await place()
  const visited = [wanted.clusterId]
  for (let hop = 1; hop <= 3; hop++) {
    expect(await replace(await fleet.lease(wanted.id))).toBe('REPLACED')
    visited.push((await volume(wanted.id)).clusterId)
  }
  expect(new Set(visited).size).toBe(4)
  const lease = await fleet.lease(wanted.id)
  expect(await replace(lease)).toBe('NOWHERE')
  expect(await failure(wanted.id)).toEqual({
    code: 'NO_SPACE',
    message: 'is full; tried on 4 clusters, no further one is tried',
  })
  const { rows } = await pool.query(
    'SELECT hop, cluster_id FROM placement_decision WHERE id = $1 ORDER BY hop',
    [wanted.decisionId],
  )
  expect(rows.map((row) => row.cluster_id)).toEqual(visited)
  expect(await pendingBytes(visited)).toEqual([0n, 0n, 0n, 0n])
})

test('N10: without another cluster it is given up, and the decision says why none takes it', async () => {
  await fleet.addCluster()
  const wanted = await place()
  const cordoned = await fleet.addCluster()
  await fleet.clusters.update(cordoned, { adminState: 'CORDONED' }, null, newOperation())
  const lease = await fleet.lease(wanted.id)
  expect(await replace(lease)).toBe('NOWHERE')
  expect(await volume(wanted.id)).toMatchObject({ state: 'FAILED', clusterId: wanted.clusterId })
  expect(await pendingBytes([wanted.clusterId])).toEqual([0n])
  expect(await failure(wanted.id)).toEqual({
    code: 'NO_SPACE',
    message: 'is full; tried on 1 cluster, no other qualifies, as the decision says of each',
  })
  const reader = createFleetReader(db.database)
  const [decision] = await reader.decisionsByIds([wanted.decisionId ?? 'dec_none'])
  expect(decision).toMatchObject({ hop: 1, clusterId: null, volumeId: wanted.id })
  expect(new Map(decision?.verdicts.map((each) => [each.clusterId, each.rejection?.reason]))).toEqual(
    new Map([
      [wanted.clusterId, 'EXCLUDED'],
      [cordoned, 'CORDONED'],
    ]),
  )
  const [hops] = await reader.hopsByDecisionIds([wanted.decisionId ?? 'dec_none'])
  expect(hops?.map((hop) => [hop.decision.clusterId, hop.request.excludedClusterIds])).toEqual([
    [wanted.clusterId, []],
    [null, [wanted.clusterId]],
  ])
  expect(await replace(lease)).toBe('CHANGED')
})

test('a volume that is being deleted is not moved', async () => {
  await fleet.addCluster()
  await fleet.addCluster()
  const wanted = await place()
  const lease = await fleet.lease(wanted.id)
  await createVolumeStore(db.database, db.bus).requestDeletion(wanted.id, newOperation(), null, false)
  expect(await replace(lease)).toBe('CHANGED')
  expect((await volume(wanted.id)).clusterId).toBe(wanted.clusterId)
})

test('who has lost the lease moves nothing', async () => {
  await fleet.addCluster()
  await fleet.addCluster()
  const wanted = await place()
  const former = await fleet.lease(wanted.id)
  await pool.query(`UPDATE volume SET leased_until = now() - interval '1 s'`)
  await fleet.lease(wanted.id)
  expect(await replace(former)).toBe('CHANGED')
  expect((await volume(wanted.id)).clusterId).toBe(wanted.clusterId)
})

test('a lease moves its volume once, however often it is used', async () => {
  for (let clusters = 0; clusters < 4; clusters++) await fleet.addCluster()
  const lease = await fleet.lease((await place()).id)
  const moves = await Promise.allSettled(
    [db.connect(), db.connect(), db.connect()].map((each) => replace(lease, each)),
  )
  const outcomes = moves.map((move) => (move.status === 'fulfilled' ? move.value : String(move.reason)))
  expect(outcomes.toSorted()).toEqual(['CHANGED', 'CHANGED', 'REPLACED'])
})

test('after the move the lease says nothing about the volume any more', async () => {
  await fleet.addCluster()
  await fleet.addCluster()
  const wanted = await place()
  const lease = await fleet.lease(wanted.id)
  await replace(lease)
  expect(await fleet.settle(lease, { kind: 'PRESENT', backend: backendVolume(wanted) })).not.toBe('SETTLED')
  expect((await volume(wanted.id)).state).toBe('CREATING')
})

test('N10: many moves, placements and polls at once leave a ledger that adds up', async () => {
  const ids = [await fleet.addCluster(), await fleet.addCluster(), await fleet.addCluster()]
  const placed = await Promise.all(Array.from({ length: 8 }, place))
  const leases = await Promise.all(placed.map(({ id }) => fleet.lease(id)))
  await Promise.all([
    ...leases.map((lease) => replace(lease)),
    ...Array.from({ length: 8 }, place),
    ...ids.flatMap((id) => [fleet.observe(id, []), fleet.observe(id, null)]),
  ])
  const sum = (await pendingBytes(ids)).reduce<bigint>((total, bytes) => total + (bytes ?? 0n), 0n)
  expect(sum).toBe(32n * GIB)
}, 20_000)
