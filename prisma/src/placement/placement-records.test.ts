import type { DecisionId } from '@flotilla/core/identity/ids'
import type { CreateIntent } from '@flotilla/core/placement/placement-intent'
import type { PlacementHistory } from '@flotilla/core/placement/replay-under'
import { replayUnder } from '@flotilla/core/placement/replay-under'
import type { HistoryRange, PlacementRecords } from '@flotilla/core/ports/placement-records'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { createPolicyStore } from '../policies/policy-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  GIB,
  growIntent,
  newOperation,
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { replaceVolume } from '../volumes/replace-volume.ts'
import { placeBatch } from './place-batch.ts'
import { TAKE_PLACEMENT_LOCK } from './placement-lock.ts'
import { createPlacementRecords } from './placement-records.ts'

let db: TestDatabase
let fleet: TestFleet
let records: PlacementRecords

beforeAll(async () => {
  db = await startTestDatabase()
  records = createPlacementRecords(db.database)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
})

const query = (sql: string, values: readonly unknown[] = []) => db.database.pool.query(sql, [...values])

function place(volumes: readonly Partial<CreateIntent['volume']>[], policyName = 'default') {
  const intents = volumes.map((volume) => ({ ...createIntent(volume), policyName }))
  return placeBatch(db.database, fleet.policies, policyName, intents)
}

const read = (range: Partial<HistoryRange> = {}) =>
  records.readHistory({ from: null, to: null, limit: 100, policyName: null, ...range })

const sizesOf = (history: PlacementHistory | null) =>
  history?.decisions.map(({ request }) => request.sizeBytes / GIB) ?? []

function replay(history: PlacementHistory | null) {
  if (!history) throw new Error('there is no history')
  const work = replayUnder(history, {})
  for (;;) {
    const next = work.next()
    if (next.done) return next.value
  }
}

const gibibytes = (...sizes: number[]) => sizes.map((size) => ({ sizeBytes: BigInt(size) * GIB }))

test('the newest decisions of a range, in the order in which they were taken', async () => {
  expect(await read()).toBeNull()
  await fleet.addCluster()
  await place(gibibytes(1, 2))
  await place(gibibytes(3))
  await place(gibibytes(4, 5, 6))
  const all = await read()
  expect(sizesOf(all)).toEqual([1n, 2n, 3n, 4n, 5n, 6n])
  expect(all?.hasEarlier).toBe(false)
  const some = await read({ limit: 4 })
  expect(sizesOf(some)).toEqual([3n, 4n, 5n, 6n])
  expect(some?.hasEarlier).toBe(true)
  const moments = await query('SELECT DISTINCT decided_at FROM placement_batch ORDER BY decided_at')
  const [first, second, third] = moments.rows.map((row) => row.decided_at as Date)
  expect(sizesOf(await read({ from: second ?? null, to: third ?? null }))).toEqual([3n])
  expect(some).toMatchObject({ firstAt: second, lastAt: third })
  expect(await read({ to: first ?? null })).toBeNull()
})

test('more than one page comes whole, each decision once', async () => {
  await fleet.addCluster({ effectiveBytes: 1000n * TIB, freeBytes: 1000n * TIB })
  for (let batch = 0; batch < 9; batch++) {
    await place(gibibytes(...Array.from({ length: 250 }, (_, index) => batch * 250 + index + 1)))
  }
  const history = await read({ limit: 2_200 })
  expect(sizesOf(history)).toEqual(Array.from({ length: 2_200 }, (_, index) => BigInt(index + 51)))
  expect(history?.hasEarlier).toBe(true)
})

test('taken again from the first one’s view nothing drifts, wherever in a batch the range begins', async () => {
  for (let clusters = 0; clusters < 3; clusters++) await fleet.addCluster()
  const store = createPolicyStore(db.database, db.bus)
  await store.create({ name: 'apart', spread: { label: 'cluster', mode: 'ANTI_AFFINITY' } }, newOperation())
  await place([...gibibytes(7, 900, 3), ...gibibytes(40, 11)])
  await place([{ group: 'project/db' }, { group: 'project/web' }, { group: 'project/db' }], 'apart')
  await place([{ group: 'project/db' }, { group: 'project/web' }, { group: 'project/db' }], 'apart')
  const volume = await fleet.addVolume({ sizeBytes: 5n * GIB })
  await fleet.update(growIntent(volume.id, 8n * GIB))
  await place(gibibytes(2, 1))
  for (let limit = 1; limit <= 15; limit++) {
    const { drifted, baseline, recorded } = replay(await read({ limit }))
    expect([limit, drifted]).toEqual([limit, 0])
    expect(baseline).toEqual(recorded)
  }
  expect(replay(await read()).recorded).toMatchObject({ placed: 14, refused: 1 })
})

test('each decision comes with the revision that took it, and may be asked for by policy', async () => {
  await fleet.addCluster()
  const store = createPolicyStore(db.database, db.bus)
  await store.create({ name: 'gold' }, newOperation())
  await place(gibibytes(1))
  await place(gibibytes(2), 'gold')
  await store.update({ name: 'gold', limits: { maxVolumeSize: '4GiB' } }, 1, newOperation())
  await place(gibibytes(3, 5), 'gold')
  const history = await read()
  expect(history?.decisions.map(({ policy }) => `${policy.name}/${policy.revision}`)).toEqual([
    'default/1',
    'gold/1',
    'gold/2',
    'gold/2',
  ])
  expect(history?.decisions[2]?.policy).toBe(history?.decisions[3]?.policy)
  expect(history?.decisions[3]).toMatchObject({ clusterId: null, policy: { maxVolumeSizeBytes: 4n * GIB } })
  expect(sizesOf(await read({ policyName: 'gold' }))).toEqual([2n, 3n, 5n])
})

test('a decision of several hops: the record shows every one with what it saw; the history counts the last', async () => {
  const clusters = [await fleet.addCluster(), await fleet.addCluster()]
  const { volume, decision } = await fleet.place(createIntent())
  const lease = await fleet.lease(volume.id)
  await replaceVolume(db.database, fleet.policies, lease, { code: 'NO_SPACE', message: 'full' })
  const reader = createFleetReader(db.database)
  const [hops = [], none] = await reader.hopsByDecisionIds([decision.id, 'dec_unknown' as DecisionId])
  expect(none).toEqual([])
  expect(hops.map((hop) => [hop.decision.hop, hop.request.excludedClusterIds])).toEqual([
    [0, []],
    [1, [volume.clusterId]],
  ])
  expect(hops[0]?.decision).toEqual(decision)
  expect(hops.map(({ seen }) => seen.map(({ clusterId }) => clusterId).toSorted())).toEqual([
    clusters.toSorted(),
    clusters.toSorted(),
  ])
  expect(hops[1]?.seen.find(({ clusterId }) => clusterId === volume.clusterId)?.figures).toMatchObject({
    pendingBytes: 2n * GIB,
  })
  const history = await read()
  expect(history?.decisions.map(({ clusterId }) => clusterId)).toEqual([hops[1]?.decision.clusterId])
})

test('a volume that was refused and found no other cluster counts as refused, without the one that would not have it', async () => {
  await fleet.addCluster()
  const { volume } = await fleet.place(createIntent())
  const lease = await fleet.lease(volume.id)
  await replaceVolume(db.database, fleet.policies, lease, { code: 'NO_SPACE', message: 'full' })
  const history = await read()
  expect(history?.decisions).toMatchObject([
    { clusterId: null, request: { excludedClusterIds: [volume.clusterId] } },
  ])
  expect(replay(history)).toMatchObject({ drifted: 0, recorded: { placed: 0, refused: 1 } })
})

test('a record that was tampered with is an error, on reading it and as the beginning of a range', async () => {
  await fleet.addCluster()
  const { decision } = await fleet.place(createIntent())
  await query(`UPDATE placement_decision SET cluster_id = 'cls_other'`)
  const message = `decision ${decision.id} says cls_other but replays to ${decision.clusterId}`
  const reader = createFleetReader(db.database)
  await expect(reader.decisionsByIds([decision.id])).rejects.toThrow(message)
  await expect(reader.hopsByDecisionIds([decision.id])).rejects.toThrow(message)
  await expect(read()).rejects.toMatchObject({ name: 'RecordFaultError', message })
})

test('whoever only looks waits for no placement and holds none up', async () => {
  await fleet.addCluster()
  await place(gibibytes(1))
  await inTransaction(db.connect().pool, async (client) => {
    await client.query(TAKE_PLACEMENT_LOCK)
    expect(sizesOf(await read())).toEqual([1n])
    const policy = await fleet.policies.readCurrent(client, 'default')
    if (!policy) throw new Error('there is no default policy')
    expect((await records.readFleet(policy, [])).candidates).toHaveLength(1)
  })
})

test('what clusters hold of ours, as requests; not what is going or gone', async () => {
  const clusterId = await fleet.addCluster()
  const first = await fleet.addVolume({ sizeBytes: 3n * GIB, group: 'project/db' })
  const second = await fleet.addVolume({ replicas: 1 })
  const gone = await fleet.addVolume()
  await query(`UPDATE volume SET state = 'DELETING' WHERE id = $1`, [gone.id])
  expect(await records.readHeld([clusterId], 10)).toMatchObject([
    {
      request: { volumeId: first.id, sizeBytes: 3n * GIB, replicas: 2, group: 'project/db', growsOn: null },
      policyName: 'default',
    },
    {
      request: { volumeId: second.id, sizeBytes: GIB, replicas: 1, group: null },
      policyName: 'default',
    },
  ])
  expect(await records.readHeld([clusterId], 1)).toHaveLength(1)
  expect(await records.readHeld([], 10)).toEqual([])
})
