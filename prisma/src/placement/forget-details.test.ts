import type { DecisionId } from '@flotilla/core/identity/ids'
import type { Placed } from '@flotilla/core/ports/placement-ledger'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, growIntent, type TestFleet, TIB } from '../testing/test-fleet.ts'
import { replaceVolume } from '../volumes/replace-volume.ts'
import { forgetDetails } from './forget-details.ts'
import { placeBatch } from './place-batch.ts'
import { readDecisions } from './read-decisions.ts'
import { readHops } from './read-hops.ts'

const DAY_MS = 86_400_000
const KEPT_MS = 30 * DAY_MS

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  await fleet.addCluster()
})

/** Moves all that is on record by now into the past. */
async function age(days: number): Promise<void> {
  await pool.query(`UPDATE placement_batch SET decided_at = decided_at - $1 * interval '1 day'`, [days])
  await pool.query(`UPDATE placement_view SET created_at = created_at - $1 * interval '1 day'`, [days])
}

async function count(table: 'placement_batch' | 'placement_view' | 'placement_decision'): Promise<number> {
  const { rows } = await pool.query<{ count: bigint }>(`SELECT count(*) FROM ${table}`)
  return Number(rows[0]?.count)
}

async function read(id: DecisionId) {
  const [decision] = await readDecisions(pool, [id])
  return decision
}

/** One batch of a volume that is placed and one that no cluster has room for. */
async function placeAndRefuse(): Promise<{ placed: Placed; refusedId: DecisionId }> {
  const refused = createIntent({ sizeBytes: 100n * TIB })
  const [answer] = await placeBatch(db.database, fleet.policies, 'default', [createIntent(), refused])
  if (answer?.kind !== 'PLACED') throw new Error('was not placed')
  return { placed: answer.placed, refusedId: refused.decisionId }
}

test('after the time the choice stands without its details, and says so; refusals are gone', async () => {
  const { placed, refusedId } = await placeAndRefuse()
  await age(31)
  const { placed: younger, refusedId: youngerRefusal } = await placeAndRefuse()
  expect(await forgetDetails(pool, KEPT_MS)).toBe(1)
  expect(await read(placed.decision.id)).toEqual({
    ...placed.decision,
    verdicts: [],
    detailsRemovedAt: expect.any(Date),
  })
  expect(await read(refusedId)).toBeUndefined()
  expect(await read(younger.decision.id)).toEqual(younger.decision)
  expect((await read(youngerRefusal))?.verdicts).toHaveLength(1)
})

test('growth is forgotten with its details: no volume names its decision', async () => {
  const { id } = await fleet.addVolume()
  await fleet.update(growIntent(id, 2n * TIB))
  expect(await count('placement_decision')).toBe(2)
  await age(31)
  await forgetDetails(pool, KEPT_MS)
  expect(await count('placement_decision')).toBe(1)
})

test('a volume that no further cluster would take keeps every choice, the last one without a cluster', async () => {
  const { volume, decision } = await fleet.place(createIntent())
  const refusal = { code: 'NO_SPACE', message: 'is full' }
  await replaceVolume(db.database, fleet.policies, await fleet.lease(volume.id), refusal)
  await age(31)
  expect(await forgetDetails(pool, KEPT_MS)).toBe(2)
  const [hops] = await readHops(pool, [decision.id])
  expect(hops?.map((hop) => [hop.decision.clusterId, hop.decision.detailsRemovedAt !== null])).toEqual([
    [volume.clusterId, true],
    [null, true],
  ])
})

test('a view lives as long as a batch refers to it; after it has gone the next batch writes another', async () => {
  await placeAndRefuse()
  await age(31)
  const { placed } = await placeAndRefuse()
  await forgetDetails(pool, KEPT_MS)
  expect([await count('placement_batch'), await count('placement_view')]).toEqual([1, 1])
  expect(await read(placed.decision.id)).toEqual(placed.decision)
  await age(31)
  await forgetDetails(pool, KEPT_MS)
  expect([await count('placement_batch'), await count('placement_view')]).toEqual([0, 0])
  const { placed: next } = await placeAndRefuse()
  expect(await read(next.decision.id)).toEqual(next.decision)
  expect(await count('placement_view')).toBe(1)
})

test('a step is bounded and takes the oldest first', async () => {
  const placed: Placed[] = []
  for (let each = 0; each < 3; each++) {
    await age(20)
    placed.push(await fleet.place(createIntent()))
  }
  await age(31)
  expect(await forgetDetails(pool, KEPT_MS, 2)).toBe(2)
  // With figures from ahead of its own moment it would decide otherwise.
  await age(-31)
  const removed = await Promise.all(placed.map(({ decision }) => read(decision.id)))
  expect(removed.map((each) => each?.detailsRemovedAt !== null)).toEqual([true, true, false])
  await age(31)
  expect(await forgetDetails(pool, KEPT_MS, 2)).toBe(1)
  expect(await forgetDetails(pool, KEPT_MS, 2)).toBe(0)
})

test('a record whose details are missing without that being noted is an error, not an empty answer', async () => {
  const { placed } = await placeAndRefuse()
  await pool.query('DELETE FROM placement_batch')
  await expect(read(placed.decision.id)).rejects.toThrow('is gone')
})

test('batches go on while everything before them is forgotten at once, by several', async () => {
  let isOver = false
  const forget = async (): Promise<void> => {
    while (!isOver) await forgetDetails(pool, 0)
  }
  const forgetting = Promise.all([forget(), forget()])
  const placed = await Promise.all(
    Array.from({ length: 40 }, () => placeBatch(db.database, fleet.policies, 'default', [createIntent()])),
  )
  isOver = true
  await forgetting
  expect(placed.flat().map(({ kind }) => kind)).toEqual(placed.map(() => 'PLACED'))
  await forgetDetails(pool, 0)
  expect([await count('placement_batch'), await count('placement_view')]).toEqual([0, 0])
  expect(await count('placement_decision')).toBe(40)
})
