// Over 400 lines: everything that one poll may meet when it is written down, on one set-up.
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readHeldVolumes } from '../placement/read-held-volumes.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  backendVolume,
  createIntent,
  createTestFleet,
  foreignVolume,
  GIB,
  growIntent,
  newOperation,
  STEADY_MS,
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import { recordPollFailure } from './record-poll-failure.ts'

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

async function capacity(id = clusterId) {
  const [figures] = await createFleetReader(db.database).capacitiesByClusterIds([id])
  if (!figures) throw new Error(`${id} was never observed`)
  return figures
}

async function cluster(id = clusterId) {
  const [found] = await createFleetReader(db.database).clustersByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function volume(id: VolumeId): Promise<Volume> {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

/** Placed, and at work, so that its cluster may have it. */
async function place(overrides?: Parameters<typeof createIntent>[0]) {
  const { volume } = await fleet.place(createIntent(overrides))
  await fleet.lease(volume.id)
  return volume
}

test('figures are written as they were observed, with the time the poll began', async () => {
  const poll = await fleet.beginPoll(clusterId)
  const statistics = { effectiveBytes: 5n * TIB, usedBytes: TIB, freeBytes: 4n * TIB, maxReplicas: 2 }
  expect(await fleet.finishPoll(poll, [], statistics)).toMatchObject({
    outcome: 'APPLIED',
    leftovers: [],
    strays: [],
  })
  expect(await capacity()).toMatchObject({
    ...statistics,
    observedAt: poll.startedAt,
    inventoryAt: poll.startedAt,
    sequence: poll.sequence,
    provisionedBytes: 0n,
    pendingBytes: 0n,
  })
})

test('X2: an older poll that answers later is dropped whole', async () => {
  const [older, newer] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  const pending = await place()
  await fleet.finishPoll(newer, [backendVolume(pending)], { usedBytes: 2n })
  const before = await capacity()
  expect(await fleet.finishPoll(older, [], { usedBytes: 1n })).toMatchObject({
    outcome: 'STALE',
    leftovers: [],
    strays: [],
  })
  expect(await fleet.finishPoll(newer, [], { usedBytes: 1n })).toMatchObject({
    outcome: 'STALE',
    leftovers: [],
    strays: [],
  })
  expect(await capacity()).toEqual(before)
  expect((await volume(pending.id)).observed?.sizeBytes).toBe(GIB)
})

test('a look at the statistics alone keeps the promised figures and their time', async () => {
  const pending = await place()
  await fleet.observe(clusterId, [foreignVolume('x')])
  const before = await capacity()
  await fleet.observe(clusterId, null, { usedBytes: 5n, freeBytes: 9n * TIB })
  expect(await capacity()).toMatchObject({
    provisionedBytes: 2n * GIB,
    pendingBytes: 2n * GIB,
    inventoryAt: before.inventoryAt,
    volumeCount: 1,
    usedBytes: 5n,
  })
  expect((await volume(pending.id)).observed).toBeNull()
})

test('a look at the statistics alone tells nothing of a cluster whose inventory was never read', async () => {
  const id = await fleet.register()
  expect(await fleet.observe(id, null)).toMatchObject({ outcome: 'APPLIED' })
  expect(await createFleetReader(db.database).capacitiesByClusterIds([id])).toEqual([null])
})

test.each<[name: string, sizeBytes: bigint, replicas: number, pendingBytes: bigint]>([
  ['as wanted: nothing is pending', 4n * GIB, 2, 0n],
  ['at a smaller size: the difference is', 3n * GIB, 2, 2n * GIB],
  ['with fewer replicas: the difference is', 4n * GIB, 1, 4n * GIB],
  ['at a larger size: nothing is', 5n * GIB, 2, 0n],
])('an inventory contains the volume %s', async (_name, sizeBytes, replicas, pendingBytes) => {
  const wanted = await place({ sizeBytes: 4n * GIB })
  expect((await capacity()).pendingBytes).toBe(8n * GIB)
  await fleet.observe(clusterId, [backendVolume(wanted, { sizeBytes, replicas })])
  expect(await capacity()).toMatchObject({ pendingBytes, provisionedBytes: sizeBytes * BigInt(replicas) })
  expect((await volume(wanted.id)).observed).toMatchObject({ sizeBytes, state: 'AVAILABLE' })
})

test('bytes stay pending while inventories do not contain the volume', async () => {
  await place()
  await fleet.observe(clusterId, [])
  await fleet.observe(clusterId, [foreignVolume('x')])
  expect((await capacity()).pendingBytes).toBe(2n * GIB)
})

test('a failed husk contains nothing', async () => {
  const wanted = await place()
  await fleet.observe(clusterId, [backendVolume(wanted, { state: 'FAILED' })])
  expect(await capacity()).toMatchObject({ pendingBytes: 2n * GIB, provisionedBytes: 0n, volumeCount: 0 })
})

test('what grows is pending by its difference until an inventory shows it', async () => {
  const grown = await fleet.addVolume()
  await fleet.observe(clusterId, [backendVolume(grown)])
  await fleet.update(growIntent(grown.id, 3n * GIB))
  expect((await capacity()).pendingBytes).toBe(4n * GIB)
  await fleet.observe(clusterId, [backendVolume(grown)])
  expect((await capacity()).pendingBytes).toBe(4n * GIB)
  await fleet.observe(clusterId, [backendVolume({ ...grown, sizeBytes: 3n * GIB })])
  expect(await capacity()).toMatchObject({ pendingBytes: 0n, provisionedBytes: 6n * GIB })
})

test('a volume that vanishes while it grows is pending as a whole again', async () => {
  const grown = await fleet.addVolume()
  await fleet.observe(clusterId, [backendVolume(grown)])
  await fleet.update(growIntent(grown.id, 3n * GIB))
  await fleet.observe(clusterId, [])
  expect((await capacity()).pendingBytes).toBe(6n * GIB)
})

test('a poll that began before the volume was acknowledged does not miss it; one that began after does', async () => {
  const before = await fleet.beginPoll(clusterId)
  const present = await fleet.addVolume()
  await fleet.finishPoll(before, [])
  expect((await volume(present.id)).state).toBe('AVAILABLE')
  await pool.query(`UPDATE volume SET acknowledged_at = acknowledged_at - interval '1 ms'`)
  await fleet.observe(clusterId, [])
  expect((await volume(present.id)).state).toBe('MISSING')
  expect((await capacity()).pendingBytes).toBe(2n * GIB)
})

test('a missing volume that shows again is available again', async () => {
  const present = await fleet.addVolume()
  await pool.query(`UPDATE volume SET acknowledged_at = acknowledged_at - interval '1 ms'`)
  await fleet.observe(clusterId, [])
  await fleet.observe(clusterId, [backendVolume(present)])
  expect((await volume(present.id)).state).toBe('AVAILABLE')
  expect((await capacity()).pendingBytes).toBe(0n)
})

test('a volume under way is never called missing', async () => {
  const creating = await place()
  await fleet.observe(clusterId, [])
  expect((await volume(creating.id)).state).toBe('CREATING')
})

test('whoever answers with another identity is quarantined, and nothing of it is used', async () => {
  const present = await fleet.addVolume()
  const before = await capacity()
  expect(await fleet.observe(clusterId, [], { backendId: 'another', usedBytes: 9n })).toMatchObject({
    outcome: 'FOREIGN_IDENTITY',
  })
  expect(await cluster()).toMatchObject({ connection: 'QUARANTINED', backendId: `backend-${clusterId}` })
  expect((await cluster()).connectionError).toContain('another')
  expect(await capacity()).toEqual(before)
  expect((await volume(present.id)).state).toBe('AVAILABLE')
  await expect(fleet.place(createIntent())).rejects.toMatchObject({ code: 'NO_FEASIBLE_CLUSTER' })
  await fleet.observe(clusterId, [backendVolume(present)])
  expect(await cluster()).toMatchObject({ connection: 'CONNECTED', connectionError: null })
})

test('a cluster that is a member already, under another name, is quarantined and its registration fails', async () => {
  const twin = await fleet.register('twin')
  const outcome = await fleet.observe(twin, [], { backendId: `backend-${clusterId}` })
  expect(outcome).toMatchObject({ outcome: 'DUPLICATE', leftovers: [], strays: [] })
  expect(await cluster(twin)).toMatchObject({ connection: 'QUARANTINED', backendId: null })
  expect(await operationsOf(twin)).toMatchObject([
    { kind: 'REGISTER_CLUSTER', state: 'FAILED', error_code: 'DUPLICATE_CLUSTER' },
  ])
})

test('of two registrations of one cluster that are polled at once, one becomes a member', async () => {
  const twins = [await fleet.register('a'), await fleet.register('b')]
  const outcomes = await Promise.all(twins.map((id) => fleet.observe(id, [], { backendId: 'same' })))
  expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['APPLIED', 'DUPLICATE'])
})

test('volumes that are not ours are counted as foreign, whatever they are called', async () => {
  const ours = await place()
  const elsewhere = await fleet.addCluster()
  const unknown = 'flo-01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
  await fleet.observe(clusterId, [
    backendVolume(ours),
    foreignVolume('somebody-elses'),
    foreignVolume('a-husk', { state: 'FAILED' }),
  ])
  expect(await capacity()).toMatchObject({
    volumeCount: 2,
    foreignVolumeCount: 1,
    provisionedBytes: 4n * GIB,
  })
  const { strays } = await fleet.observe(elsewhere, [foreignVolume(unknown)])
  expect(strays).toEqual(['vol_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'])
  expect(await capacity(elsewhere)).toMatchObject({ volumeCount: 1, foreignVolumeCount: 1 })
})

test('what has our name where nobody has asked for it yet, or another id than ours, is not ours', async () => {
  const { volume: unasked } = await fleet.place(createIntent())
  const present = await fleet.addVolume()
  await fleet.observe(clusterId, [
    backendVolume(unasked),
    backendVolume(present),
    backendVolume(present, { backendId: 'another' }),
  ])
  expect(await capacity()).toMatchObject({ volumeCount: 3, foreignVolumeCount: 2, pendingBytes: 2n * GIB })
  expect((await volume(unasked.id)).observed).toBeNull()
  expect((await volume(present.id)).backendId).toBe(backendVolume(present).backendId)
})

test('an inventory that waited for the ledger gives no id to what was given up meanwhile', async () => {
  const wanted = await place()
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE', [clusterId])
  const observing = fleet.observe(clusterId, [backendVolume(wanted, { backendId: 'theirs' })])
  await untilBlocked(pool, 1)
  await client.query(`UPDATE volume SET state = 'FAILED', create_unknown_at = NULL WHERE id = $1`, [
    wanted.id,
  ])
  await client.query('COMMIT')
  client.release()
  await observing
  expect((await volume(wanted.id)).backendId).toBeNull()
})

test('a volume of our name in another project of the cluster is not ours', async () => {
  const wanted = await place()
  await fleet.observe(clusterId, [backendVolume(wanted, { project: 'theirs', backendId: 'x' })])
  expect((await volume(wanted.id)).observed).toBeNull()
  expect(await capacity()).toMatchObject({ pendingBytes: 2n * GIB, foreignVolumeCount: 1 })
})

test('a volume of ours that another cluster shows is not taken for the one on its own cluster', async () => {
  const wanted = await place()
  const other = await fleet.addCluster()
  expect((await fleet.observe(other, [backendVolume(wanted)])).strays).toEqual([wanted.id])
  expect(await capacity(other)).toMatchObject({ volumeCount: 1, foreignVolumeCount: 1 })
  expect((await volume(wanted.id)).observed).toBeNull()
  expect((await capacity()).pendingBytes).toBe(2n * GIB)
})

test('what is left of a deleted volume is named, and is work again until the cluster no longer shows it', async () => {
  const deleted = await fleet.addVolume()
  const late = await fleet.beginPoll(clusterId)
  await createVolumeStore(db.database, db.bus).requestDeletion(deleted.id, newOperation(), null, false)
  await fleet.settle(await fleet.lease(deleted.id), { kind: 'ABSENT' })
  expect(await fleet.finishPoll(late, [backendVolume(deleted)])).toMatchObject({
    outcome: 'APPLIED',
    leftovers: [deleted.id],
    strays: [],
  })
  const lease = await fleet.lease(deleted.id)
  expect(lease.state).toBe('DELETED')
  await fleet.settle(lease, { kind: 'ABSENT' })
  expect(await fleet.observe(clusterId, [])).toMatchObject({ outcome: 'APPLIED', leftovers: [], strays: [] })
  await expect(fleet.lease(deleted.id)).rejects.toThrow('at rest')
  expect(await capacity()).toMatchObject({ pendingBytes: 0n, provisionedBytes: 0n })
})

test('when the cluster reports more than its inventory on two polls running, the larger counts', async () => {
  const reported = { provisionedBytes: 100n * GIB }
  await fleet.observe(clusterId, [foreignVolume('x')], reported)
  expect((await capacity()).provisionedBytes).toBe(2n * GIB)
  await fleet.observe(clusterId, [foreignVolume('x')], reported)
  expect((await capacity()).provisionedBytes).toBe(100n * GIB)
  await fleet.observe(clusterId, [foreignVolume('x')])
  expect((await capacity()).provisionedBytes).toBe(2n * GIB)
})

const unreachable = new DriverError('UNAVAILABLE', 'CONNECT', 'refused the connection')
const unauthorized = new DriverError('UNAUTHORIZED', 'UNAUTHENTICATED', 'does not know the token')
const fail = async (error: DriverError) =>
  recordPollFailure(db.database, await fleet.beginPoll(clusterId), error, 15_000, STEADY_MS)

test('snapshots that are not ours are counted by inventories, and a look at the statistics keeps the count', async () => {
  const pending = await place()
  const seen = backendVolume(pending)
  const countOf = async () => (await volume(pending.id)).observed?.foreignSnapshotCount
  await fleet.observe(clusterId, [seen], {}, [], new Map([[seen.backendId, 2]]))
  expect(await countOf()).toBe(2)
  await fleet.observe(clusterId, null)
  expect(await countOf()).toBe(2)
  await fleet.observe(clusterId, [seen])
  expect(await countOf()).toBe(0)
})

test('whose clones and sources are not ours the inventories tell, for plans', async () => {
  const [source, adopted] = [await place(), await place()]
  const seen = backendVolume(source)
  const snapshot = {
    ...{ backendId: 'nightly', name: 'nightly', project: 'default', volumeId: seen.backendId },
    ...{ sizeBytes: seen.sizeBytes, state: 'AVAILABLE' as const, etag: null },
  }
  const sourceSnapshotId = snapshot.backendId
  const kin = async () => {
    const held = await readHeldVolumes(pool, [clusterId], 10)
    return [source, adopted].map(({ id }) => {
      const own = held.find(({ request }) => request.volumeId === id)
      return [own?.foreignCloneCount, own?.isClone]
    })
  }
  const ofOurs = backendVolume(adopted, { sourceSnapshotId })
  const inventory = [seen, ofOurs, foreignVolume('theirs', { sourceSnapshotId })]
  await fleet.observe(clusterId, inventory, {}, [snapshot])
  expect(await kin()).toEqual([
    [1, false],
    [0, true],
  ])
  await fleet.observe(clusterId, null)
  expect(await kin()).toEqual([
    [1, false],
    [0, true],
  ])
  await fleet.observe(clusterId, [seen, ofOurs])
  expect(await kin()).toEqual([
    [0, false],
    [0, false],
  ])
})

test('failed polls keep the last figures and their age; the second one makes it disconnected', async () => {
  const before = await capacity()
  await fail(unreachable)
  expect((await cluster()).connection).toBe('CONNECTED')
  await fail(unreachable)
  expect(await cluster()).toMatchObject({
    connection: 'DISCONNECTED',
    connectionError: 'refused the connection',
  })
  expect(await capacity()).toEqual(before)
  await fleet.observe(clusterId, [])
  expect(await cluster()).toMatchObject({ connection: 'CONNECTED', connectionError: null })
})

test('whoever leads elsewhere before anything is seen is quarantined at once, stays so, and its refreshes say why', async () => {
  await fleet.clusters.requestRefresh(clusterId, newOperation())
  const wrong = new DriverError('UNAVAILABLE', 'WRONG_CLUSTER', 'leads to cluster another')
  for (const _poll of [1, 2, 3]) {
    await fail(wrong)
    expect(await cluster()).toMatchObject({
      connection: 'QUARANTINED',
      connectionError: 'leads to cluster another',
    })
  }
  expect(await operationsOf(clusterId)).toContainEqual(
    expect.objectContaining({ kind: 'REFRESH_CLUSTER', state: 'FAILED', error_code: 'IDENTITY_CHANGED' }),
  )
  await fleet.observe(clusterId, [])
  expect(await cluster()).toMatchObject({ connection: 'CONNECTED', connectionError: null })
})

test('N4: one that is lost again soon after it came back counts as connected only after it has answered for a while', async () => {
  const lose = async () => {
    await fail(unreachable)
    await fail(unreachable)
  }
  await lose()
  await fleet.observe(clusterId, [])
  expect((await cluster()).connection).toBe('CONNECTED')
  await lose()
  const before = await capacity()
  await fleet.observe(clusterId, [])
  expect(await cluster()).toMatchObject({
    connection: 'DISCONNECTED',
    connectionError: expect.stringContaining('lost again and again'),
  })
  expect((await capacity()).observedAt.getTime()).toBeGreaterThan(before.observedAt.getTime())
  await answeredForAWhile()
  await fail(unreachable)
  await fleet.observe(clusterId, [])
  expect((await cluster()).connection).toBe('CONNECTED')
})

test('N4: a failure while it is watched begins the time anew', async () => {
  for (let time = 0; time < 2; time++) {
    await fail(unreachable)
    await fail(unreachable)
    await fleet.observe(clusterId, [])
  }
  const watchedUntil = async () => {
    const { rows } = await db.database.pool.query<{ at: Date }>(
      'SELECT watched_until AS at FROM cluster WHERE id = $1',
      [clusterId],
    )
    return rows[0]?.at.getTime() ?? 0
  }
  const before = await watchedUntil()
  await fail(unreachable)
  expect(await watchedUntil()).toBeGreaterThan(before)
  await fleet.observe(clusterId, [])
  expect((await cluster()).connection).toBe('DISCONNECTED')
})

async function answeredForAWhile(): Promise<void> {
  await db.database.pool.query(`UPDATE cluster SET watched_until = now() - interval '1 s'`)
}

test('a credential that is not accepted shows at once', async () => {
  await fail(unauthorized)
  expect((await cluster()).connection).toBe('UNAUTHORIZED')
})

test('a failure that a later poll has overtaken changes nothing', async () => {
  const older = await fleet.beginPoll(clusterId)
  await fleet.observe(clusterId, [])
  await recordPollFailure(db.database, older, unauthorized, 15_000, STEADY_MS)
  expect((await cluster()).connection).toBe('CONNECTED')
})

test('a registration ends with the first poll that answers', async () => {
  const id = await fleet.register()
  expect(await operationsOf(id)).toMatchObject([{ state: 'PENDING' }])
  await fleet.observe(id, [])
  expect(await operationsOf(id)).toMatchObject([
    { kind: 'REGISTER_CLUSTER', state: 'SUCCEEDED', error_code: null, attempt_count: 1 },
  ])
})

test('a registration fails with the reason of the first poll that fails', async () => {
  const id = await fleet.register()
  await recordPollFailure(db.database, await fleet.beginPoll(id), unauthorized, 15_000, STEADY_MS)
  expect(await operationsOf(id)).toMatchObject([
    {
      kind: 'REGISTER_CLUSTER',
      state: 'FAILED',
      error_code: 'UNAUTHENTICATED',
      error_message: unauthorized.message,
    },
  ])
})

test('a refresh ends with an inventory that began after it was asked for', async () => {
  const before = await fleet.beginPoll(clusterId)
  await pool.query('SELECT pg_sleep(0.002)')
  await fleet.clusters.requestRefresh(clusterId, newOperation())
  await fleet.finishPoll(before, [])
  expect((await operationsOf(clusterId)).at(-1)).toMatchObject({ kind: 'REFRESH_CLUSTER', state: 'PENDING' })
  await fleet.observe(clusterId, null)
  expect((await operationsOf(clusterId)).at(-1)).toMatchObject({ state: 'PENDING' })
  await fleet.observe(clusterId, [])
  expect((await operationsOf(clusterId)).at(-1)).toMatchObject({ state: 'SUCCEEDED' })
})

test('a poll through a former access does not count, neither its answer nor its failure', async () => {
  const [answered, failed] = [await fleet.beginPoll(clusterId), await fleet.beginPoll(clusterId)]
  await fleet.clusters.update(clusterId, { credential: { token: 'another' } }, null, newOperation())
  expect(await cluster()).toMatchObject({ connection: 'PENDING' })
  expect((await fleet.finishPoll(answered, [foreignVolume('x')])).outcome).toBe('STALE')
  await recordPollFailure(db.database, failed, unauthorized, 15_000, STEADY_MS)
  expect(await cluster()).toMatchObject({ connection: 'PENDING', connectionError: null })
  expect((await capacity()).volumeCount).toBe(0)
  await fleet.observe(clusterId, [])
  expect((await cluster()).connection).toBe('CONNECTED')
})

test('detaching ends what waited for a poll', async () => {
  const id = await fleet.register()
  await fleet.clusters.detach(id, newOperation())
  expect((await operationsOf(id)).map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
    'DETACH_CLUSTER SUCCEEDED',
    'REGISTER_CLUSTER CANCELLED',
  ])
})

test('a cluster detached meanwhile takes no observation', async () => {
  const poll = await fleet.beginPoll(clusterId)
  await fleet.clusters.detach(clusterId, newOperation())
  expect(await fleet.finishPoll(poll, [foreignVolume('x')])).toMatchObject({
    outcome: 'DETACHED',
    leftovers: [],
    strays: [],
  })
  expect(await createFleetReader(db.database).capacitiesByClusterIds([clusterId])).toEqual([null])
})

test('polls and placements at the same time leave a ledger that adds up', async () => {
  const placing = Array.from({ length: 12 }, () => place({ sizeBytes: 3n * GIB }))
  const polling = Array.from({ length: 12 }, (_, number) =>
    fleet.observe(clusterId, number % 2 === 0 ? [foreignVolume(`x${number}`)] : null),
  )
  const [placed] = await Promise.all([Promise.all(placing), Promise.all(polling)])
  expect((await capacity()).pendingBytes).toBe(12n * 6n * GIB)
  await fleet.observe(
    clusterId,
    placed.map((each) => backendVolume(each)),
  )
  expect((await capacity()).pendingBytes).toBe(0n)
}, 20_000)

async function operationsOf(id: ClusterId) {
  const { rows } = await pool.query('SELECT * FROM operation WHERE cluster_id = $1 ORDER BY created_at, id', [
    id,
  ])
  return rows
}
