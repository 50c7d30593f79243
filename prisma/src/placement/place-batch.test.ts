import { NoFeasibleClusterError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import { requestedBytes } from '@flotilla/core/placement/placement-request'
import type { Placed } from '@flotilla/core/ports/placement-ledger'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
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
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createGroupPlacement } from './group-placement.ts'
import { placeBatch } from './place-batch.ts'
import { readDecisions } from './read-decisions.ts'

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

async function count(table: 'volume' | 'operation' | 'placement_decision' | 'event'): Promise<number> {
  const { rows } = await pool.query<{ count: bigint }>(`SELECT count(*) FROM ${table}`)
  return Number(rows[0]?.count)
}

async function pendingBytes(id: ClusterId): Promise<bigint> {
  const { rows } = await pool.query<{ pending_bytes: bigint }>(
    'SELECT pending_bytes FROM cluster_capacity WHERE cluster_id = $1',
    [id],
  )
  return rows[0]?.pending_bytes ?? -1n
}

/** By the default policy 15 TiB may be promised on 10 TiB. */
const ALMOST_FULL = [foreignVolume('others', { sizeBytes: 15n * TIB - 2n * GIB, replicas: 1 })]

/** A cluster on which others have left exactly as much room as one sample volume takes. */
async function addClusterWithRoomForOne(): Promise<ClusterId> {
  const id = await fleet.addCluster()
  await fleet.observe(id, ALMOST_FULL)
  return id
}

test('a placed volume, its operation, its decision and its events are there, and its bytes are pending', async () => {
  const id = await fleet.addCluster()
  const before = await count('event')
  const intent = createIntent({ sizeBytes: 3n * GIB, labels: { tier: 'gold' }, compression: true })
  const placed = await fleet.place(intent)
  const reader = createFleetReader(db.database)
  expect(await reader.volumesByIds([placed.volume.id])).toEqual([placed.volume])
  expect(await reader.operationsByIds([placed.operation.id])).toMatchObject([
    {
      id: intent.operation.id,
      kind: 'CREATE_VOLUME',
      state: 'PENDING',
      volumeId: placed.volume.id,
      actor: 'tester',
    },
  ])
  expect(await reader.decisionsByIds([placed.decision.id])).toEqual([placed.decision])
  const { group: _, source: __, ...wanted } = intent.volume
  expect(placed.volume).toMatchObject({ ...wanted, state: 'CREATING', clusterId: id, revision: 1 })
  expect(await pendingBytes(id)).toBe(6n * GIB)
  expect(await count('event')).toBe(before + 3)
})

test('of several that race for the last room exactly one gets it', async () => {
  const id = await addClusterWithRoomForOne()
  const answers = await Promise.all(
    [db.connect(), db.connect(), db.connect(), db.connect()].flatMap((database) =>
      [createIntent(), createIntent()].map((intent) =>
        placeBatch(database, fleet.policies, 'default', [intent]),
      ),
    ),
  )
  const kinds = answers.flat().map((answer) => answer.kind)
  expect(kinds.filter((kind) => kind === 'PLACED')).toHaveLength(1)
  expect(kinds.filter((kind) => kind === 'REFUSED')).toHaveLength(7)
  expect(await pendingBytes(id)).toBe(2n * GIB)
})

test('a refused request leaves its decision and nothing else', async () => {
  await fleet.addCluster()
  const events = await count('event')
  const operations = await count('operation')
  const intent = createIntent({ sizeBytes: 100n * TIB })
  const error = await fleet.place(intent).catch((reason: unknown) => reason)
  if (!(error instanceof NoFeasibleClusterError)) throw error
  expect([await count('volume'), await count('operation'), await count('event')]).toEqual([
    0,
    operations,
    events,
  ])
  expect(await readDecisions(pool, [intent.decisionId])).toEqual([error.decision])
  expect(error.decision).toMatchObject({
    clusterId: null,
    verdicts: [{ rejection: { reason: 'PROMISED_LIMIT' } }],
  })
})

test('a refused one never fails the others of its batch', async () => {
  await fleet.addCluster()
  const intents = [createIntent(), createIntent({ sizeBytes: 100n * TIB }), createIntent()]
  const answers = await placeBatch(db.database, fleet.policies, 'default', intents)
  expect(answers.map((answer) => answer.kind)).toEqual(['PLACED', 'REFUSED', 'PLACED'])
})

test('the same key and input is answered with the first operation, and charged once', async () => {
  const id = await fleet.addCluster()
  const key = { idempotencyKey: 'k', inputFingerprint: 'f' }
  const first = await fleet.place(createIntent({ name: 'v' }, key))
  const again = createIntent({ name: 'v' }, key)
  expect(await placeBatch(db.database, fleet.policies, 'default', [again, again])).toEqual([
    { kind: 'REPLAYED', operationId: first.operation.id },
    { kind: 'REPLAYED', operationId: first.operation.id },
  ])
  expect(await count('volume')).toBe(1)
  expect(await pendingBytes(id)).toBe(2n * GIB)
})

test('the same key with another input is a conflict; the same key of another actor is not', async () => {
  await fleet.addCluster()
  const first = await fleet.place(createIntent({}, { idempotencyKey: 'k', inputFingerprint: 'f' }))
  const conflict = createIntent({}, { idempotencyKey: 'k', inputFingerprint: 'g' })
  await expect(fleet.place(conflict)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    operationId: first.operation.id,
  })
  const other = createIntent({}, { idempotencyKey: 'k', inputFingerprint: 'g', actor: 'somebody' })
  expect((await fleet.place(other)).volume.state).toBe('CREATING')
})

test('one key sent to many servers at once makes one volume', async () => {
  await fleet.addCluster()
  const key = { idempotencyKey: 'k', inputFingerprint: 'f' }
  const reader = createFleetReader(db.database)
  const servers = [db.connect(), db.connect(), db.connect()].map((database) =>
    createGroupPlacement(database, reader, fleet.policies, db.bus),
  )
  const placed = await Promise.all(
    [...servers, ...servers, ...servers].map((server) => server.place(createIntent({ name: 'v' }, key))),
  )
  expect(new Set(placed.map(({ operation }) => operation.id)).size).toBe(1)
  expect(new Set(placed.map(({ volume }) => volume.id)).size).toBe(1)
  expect(await count('volume')).toBe(1)
})

test('a name is given once, and is free again after the volume has failed or is deleted', async () => {
  await fleet.addCluster()
  const answers = await Promise.allSettled(
    [db.connect(), db.connect(), db.connect()].map((database) =>
      placeBatch(database, fleet.policies, 'default', [createIntent({ name: 'v' })]),
    ),
  )
  const kinds = answers
    .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    .map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual(['PLACED', 'REFUSED', 'REFUSED'])
  const { rows } = await pool.query('SELECT id FROM volume')
  await fleet.settle(await fleet.lease(rows[0].id), {
    kind: 'GIVEN_UP',
    error: { code: 'NO_SPACE', message: 'full' },
  })
  expect((await fleet.place(createIntent({ name: 'v' }))).volume.name).toBe('v')
})

test('X3: a cordon that was committed before is respected by every server', async () => {
  const [cordoned, open] = [await fleet.addCluster(), await fleet.addCluster()]
  await fleet.clusters.update(cordoned, { adminState: 'CORDONED' }, null, newOperation())
  const answers = await Promise.all(
    [db.connect(), db.connect()].map((database) =>
      placeBatch(
        database,
        fleet.policies,
        'default',
        Array.from({ length: 20 }, () => createIntent()),
      ),
    ),
  )
  const chosen = answers
    .flat()
    .map((answer) => (answer.kind === 'PLACED' ? answer.placed.volume.clusterId : null))
  expect(new Set(chosen)).toEqual(new Set([open]))
})

test('X3: a cordon waits for the batch that is being decided, and binds the next one', async () => {
  const id = await fleet.addCluster()
  const placing = Promise.all(
    Array.from({ length: 5 }, () => placeBatch(db.database, fleet.policies, 'default', [createIntent()])),
  )
  const { cluster } = await fleet.clusters.update(id, { adminState: 'CORDONED' }, null, newOperation())
  await placing
  const { rows } = await pool.query<{ late: bigint }>(
    'SELECT count(*) AS late FROM placement_decision WHERE cluster_id IS NOT NULL AND decided_at > $1',
    [cluster.updatedAt],
  )
  expect(rows[0]?.late).toBe(0n)
})

test('a detached cluster is no candidate', async () => {
  const id = await fleet.addCluster()
  await fleet.clusters.detach(id, newOperation())
  await expect(fleet.place(createIntent())).rejects.toThrow('no cluster is registered')
})

test('a poll that comes between reading and writing makes the batch decide anew, on the new figures', async () => {
  const id = await fleet.addCluster()
  const polling = await pool.connect()
  await polling.query('BEGIN')
  await polling.query('SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE', [id])
  const outcome = expect(fleet.place(createIntent())).rejects.toMatchObject({ code: 'NO_FEASIBLE_CLUSTER' })
  await untilBlocked(pool, 1)
  await polling.query(
    'UPDATE cluster_capacity SET effective_bytes = 1, provisioned_ratio = 0, sequence = sequence + 1 WHERE cluster_id = $1',
    [id],
  )
  await polling.query('COMMIT')
  polling.release()
  await outcome
  expect(await pendingBytes(id)).toBe(0n)
})

test('a poll in between that leaves room enough is no conflict: the batch goes before it, and the ledger adds up', async () => {
  const id = await fleet.addCluster()
  const polling = await pool.connect()
  await polling.query('BEGIN')
  const { rows } = await polling.query<{ free_bytes: bigint }>(
    'SELECT free_bytes FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE',
    [id],
  )
  const placing = fleet.place(createIntent())
  await untilBlocked(pool, 1)
  await polling.query(
    'UPDATE cluster_capacity SET free_bytes = free_bytes - 1, sequence = sequence + 1 WHERE cluster_id = $1',
    [id],
  )
  await polling.query('COMMIT')
  polling.release()
  const { decision } = await placing
  expect(await pendingBytes(id)).toBe(2n * GIB)
  const [recorded] = await readDecisions(pool, [decision.id])
  expect(recorded?.verdicts[0]?.figures?.freeBytes).toBe(rows[0]?.free_bytes)
  await fleet.observe(id, [])
  expect(await pendingBytes(id)).toBe(2n * GIB)
})

test('while polls come and go the last room is still given once', async () => {
  const id = await addClusterWithRoomForOne()
  const polls = Array.from({ length: 10 }, () => fleet.observe(id, null))
  const placements = Array.from({ length: 6 }, () =>
    placeBatch(db.connect(), fleet.policies, 'default', [createIntent()]),
  )
  const [answers] = await Promise.all([Promise.all(placements), Promise.all(polls)])
  expect(answers.flat().filter((answer) => answer.kind === 'PLACED')).toHaveLength(1)
}, 20_000)

test("growth is charged before it is answered, on the volume's own cluster", async () => {
  await fleet.addCluster()
  const volume = await fleet.addVolume()
  await fleet.addCluster()
  const grown = await fleet.update(growIntent(volume.id, 5n * GIB))
  expect(grown.volume).toMatchObject({ clusterId: volume.clusterId, sizeBytes: 5n * GIB, state: 'RESIZING' })
  expect(grown.operation.kind).toBe('RESIZE_VOLUME')
  expect(await pendingBytes(volume.clusterId)).toBe(10n * GIB)
  const { rows } = await pool.query('SELECT id FROM placement_decision WHERE grows_on = $1', [
    volume.clusterId,
  ])
  expect(await readDecisions(pool, [rows[0].id])).toMatchObject([
    { clusterId: volume.clusterId, sizeBytes: 4n * GIB },
  ])
  await expect(fleet.update(growIntent(volume.id, 6n * GIB))).rejects.toMatchObject({ code: 'INVALID_STATE' })
})

test('growth of a volume of which the cluster holds more than we know is charged by what is beyond that', async () => {
  const id = await fleet.addCluster()
  const volume = await fleet.addVolume()
  await fleet.observe(id, [backendVolume(volume, { sizeBytes: 3n * GIB })])
  await fleet.update(growIntent(volume.id, 5n * GIB))
  expect(await pendingBytes(id)).toBe(4n * GIB)
})

test('of several that grow one volume at once exactly one does', async () => {
  await fleet.addCluster()
  const volume = await fleet.addVolume()
  const answers = await Promise.all(
    [db.connect(), db.connect(), db.connect()].map((database, index) =>
      placeBatch(database, fleet.policies, 'default', [growIntent(volume.id, BigInt(index + 2) * GIB)]),
    ),
  )
  expect(
    answers
      .flat()
      .map((answer) => answer.kind)
      .toSorted(),
  ).toEqual(['REFUSED', 'REFUSED', 'UPDATED'])
})

const SERVERS = 3
const CREATES = 300

test('300 creates at once over three servers: every one charged, no limit passed at any moment, all decisions replay', async () => {
  const statistics = [
    { effectiveBytes: 1n * TIB, freeBytes: 1n * TIB },
    { effectiveBytes: 2n * TIB, freeBytes: 2n * TIB },
    { effectiveBytes: 4n * TIB, freeBytes: 4n * TIB },
  ]
  for (const each of statistics) await fleet.addCluster(each)
  const reader = createFleetReader(db.database)
  const servers = Array.from({ length: SERVERS }, () =>
    createGroupPlacement(db.connect(), reader, fleet.policies, db.bus),
  )
  const watch = watchLimits(pool)
  const intents = Array.from({ length: CREATES }, (_, number) =>
    createIntent({ sizeBytes: BigInt(1 + (number % 40)) * GIB, replicas: 1 + (number % 3) }),
  )
  const answers = await Promise.allSettled(
    intents.map((intent, number) =>
      (servers[number % SERVERS] ?? createGroupPlacement(db.database, reader, fleet.policies, db.bus)).place(
        intent,
      ),
    ),
  )
  const violations = await watch.stop()

  const placed = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  expect(violations).toEqual([])
  expect(refused.every((error) => error instanceof NoFeasibleClusterError)).toBe(true)
  expect([placed.length > 100, refused.length > 0]).toEqual([true, true])
  expect(await count('volume')).toBe(placed.length)
  for (const [clusterId, bytes] of sumByCluster(placed)) expect(await pendingBytes(clusterId)).toBe(bytes)

  const decisions = await readDecisions(
    pool,
    intents.map((intent) => intent.decisionId),
  )
  expect(decisions).toHaveLength(CREATES)
  const answered = [
    ...placed.map(({ decision }) => decision),
    ...refused.map((error: NoFeasibleClusterError) => error.decision),
  ]
  const byId = new Map(answered.map((decision) => [decision.id, decision]))
  for (const decision of decisions) expect(decision).toEqual(byId.get(decision.id))
}, 60_000)

/** Looks at what is committed, over and over, for a cluster past the limit or a ledger that does not add up. */
function watchLimits(watched: pg.Pool): { stop(): Promise<string[]> } {
  const found: string[] = []
  let isWatching = true
  const watching = (async () => {
    while (isWatching) {
      const { rows } = await watched.query<{ cluster_id: string }>(
        `SELECT cluster_id FROM cluster_capacity AS capacity
         WHERE (provisioned_bytes + pending_bytes) * 2 > effective_bytes * 3
            OR pending_bytes <> (SELECT coalesce(sum(greatest(0, size_bytes * replicas - observed_bytes)), 0) FROM volume
                                 WHERE volume.cluster_id = capacity.cluster_id AND state NOT IN ('DELETED', 'FAILED'))`,
      )
      found.push(...rows.map((row) => row.cluster_id))
    }
  })()
  return {
    async stop() {
      isWatching = false
      await watching
      return found
    },
  }
}

function sumByCluster(placed: readonly Placed[]): Map<ClusterId, bigint> {
  const sums = new Map<ClusterId, bigint>()
  for (const { volume } of placed) {
    sums.set(volume.clusterId, (sums.get(volume.clusterId) ?? 0n) + requestedBytes(volume))
  }
  return sums
}
