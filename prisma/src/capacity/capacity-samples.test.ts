import { type CapacityResolution, DAY_MS, HOUR_MS } from '@flotilla/core/capacity/resolution'
import { InvalidInputError } from '@flotilla/core/errors'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, GIB, type TestFleet, TIB } from '../testing/test-fleet.ts'
import { forgetSamples } from './forget-samples.ts'
import { rollUpCapacity } from './roll-up-capacity.ts'
import { sampleCapacity } from './sample-capacity.ts'

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

const FIRST_PAGE = { first: 200, after: null }

/** Samples in a row, of a cluster that promises `step` more bytes in each; the last one begins `endMsAgo` before now. */
async function addPast(
  clusterId: ClusterId,
  resolution: CapacityResolution,
  count: number,
  { widthMs, endMsAgo = 0, step = GIB }: { widthMs: number; endMsAgo?: number; step?: bigint },
): Promise<void> {
  await pool.query(
    `INSERT INTO capacity_sample
     SELECT $1, $2, at, at + interval '3 s', n * $6, n * $6 + 2, n * $6 + 1, n, n, n, 100, 100, 100, 50 - n, 50, 50 - n
     FROM generate_series(0, $3::bigint - 1) AS n,
       LATERAL (SELECT date_bin(make_interval(secs => $4), now() - make_interval(secs => $5 + ($3 - 1 - n) * $4::float8),
                                'epoch') AS at) AS moment`,
    [clusterId, resolution, count, widthMs / 1_000, endMsAgo / 1_000, step],
  )
}

async function countOf(resolution: CapacityResolution): Promise<number> {
  const { rows } = await pool.query<{ count: bigint }>(
    'SELECT count(*) FROM capacity_sample WHERE resolution = $1',
    [resolution],
  )
  return Number(rows[0]?.count)
}

async function historyOf(clusterId: ClusterId | null, resolution: CapacityResolution, page = FIRST_PAGE) {
  const range = { from: new Date(0), to: new Date(Date.now() + DAY_MS), resolution }
  return createFleetReader(db.database).capacityHistory(clusterId, range, page)
}

test('the ledger is sampled once for each cluster in five minutes, by however many workers, promises included', async () => {
  const [id] = [await fleet.addCluster({ usedBytes: TIB, freeBytes: 9n * TIB }), await fleet.addCluster()]
  await fleet.register()
  await fleet.place(createIntent({ sizeBytes: 5n * GIB, replicas: 2 }))
  const made = await Promise.all([1, 2, 3].map(() => sampleCapacity(db.connect().pool)))
  expect(made.reduce((sum, each) => sum + each, 0)).toBe(2)
  expect(await sampleCapacity(pool)).toBe(0)
  const { items } = await historyOf(id, 'FIVE_MINUTES')
  expect(items).toMatchObject([
    {
      clusterCount: 1,
      written: { minBytes: TIB, maxBytes: TIB, lastBytes: TIB },
      free: { lastBytes: 9n * TIB },
    },
  ])
  const [sum] = (await historyOf(null, 'FIVE_MINUTES')).items
  expect(sum).toMatchObject({
    promised: { lastBytes: 10n * GIB },
    effective: { lastBytes: 20n * TIB },
    clusterCount: 2,
  })
})

test('a cluster that was not measured lately leaves a gap', async () => {
  await fleet.addCluster()
  await pool.query(`UPDATE cluster_capacity SET observed_at = now() - interval '61 min'`)
  expect(await sampleCapacity(pool)).toBe(0)
})

test('hours are made of what is over, once, in steps of one; smallest, largest and last are kept', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'FIVE_MINUTES', 36, { widthMs: 300_000, endMsAgo: HOUR_MS + 600_000 })
  const steps = await Promise.all([1, 2, 3, 4].map(() => rollUpCapacity(db.connect().pool, 'HOUR')))
  expect(steps).toContain(true)
  while (await rollUpCapacity(pool, 'HOUR'));
  const { items } = await historyOf(id, 'HOUR')
  expect(items.length).toBeGreaterThanOrEqual(3)
  const { rows } = await pool.query<{ min: bigint; max: bigint; last: bigint }>(
    `SELECT min(promised_min), max(promised_max), max(promised_last) AS last FROM capacity_sample
     WHERE resolution = 'FIVE_MINUTES' GROUP BY date_bin('1 hour', bucket_at, 'epoch') ORDER BY 1`,
  )
  expect(items.map(({ promised }) => promised)).toEqual(
    rows.map(({ min, max, last }) => ({ minBytes: min, maxBytes: max, lastBytes: last })),
  )
  expect(items.map(({ at }) => at.getTime() % HOUR_MS)).toEqual(items.map(() => 0))
  expect(await rollUpCapacity(pool, 'HOUR')).toBe(false)
})

test('an hour that is not over yet is left alone', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'FIVE_MINUTES', 1, { widthMs: 300_000 })
  expect(await rollUpCapacity(pool, 'HOUR')).toBe(false)
  expect(await countOf('HOUR')).toBe(0)
})

test('days are made of hours, over a gap of weeks', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'HOUR', 3, { widthMs: HOUR_MS, endMsAgo: 40 * DAY_MS })
  await addPast(id, 'HOUR', 3, { widthMs: HOUR_MS, endMsAgo: 5 * DAY_MS })
  let steps = 0
  while (await rollUpCapacity(pool, 'DAY')) steps++
  expect(steps).toBeLessThanOrEqual(4)
  expect(await countOf('DAY')).toBe(steps)
})

test('what is old goes in small steps, and only when it is part of a coarser sample', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'FIVE_MINUTES', 24, { widthMs: 300_000, endMsAgo: 3 * DAY_MS })
  await addPast(id, 'FIVE_MINUTES', 5, { widthMs: 300_000 })
  expect(await forgetSamples(pool, 'FIVE_MINUTES')).toBe(false)
  expect(await countOf('FIVE_MINUTES')).toBe(29)
  while (await rollUpCapacity(pool, 'HOUR'));
  expect(await forgetSamples(pool, 'FIVE_MINUTES', 20)).toBe(true)
  expect(await countOf('FIVE_MINUTES')).toBe(9)
  expect(await forgetSamples(pool, 'FIVE_MINUTES', 20)).toBe(false)
  expect(await countOf('FIVE_MINUTES')).toBe(5)
})

test('history comes in pages, each sample once, and a foreign cursor is refused', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'HOUR', 25, { widthMs: HOUR_MS })
  const seen: number[] = []
  let after: string | null = null
  for (let more = true; more; ) {
    const page = await historyOf(id, 'HOUR', { first: 10, after } as never)
    expect(page.totalCount).toBe(25)
    seen.push(...page.items.map(({ at }) => at.getTime()))
    after = page.cursors.at(-1) ?? null
    more = page.hasNextPage
  }
  expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b))
  expect(seen).toHaveLength(25)
  await expect(historyOf(id, 'HOUR', { first: 10, after: 'nonsense' } as never)).rejects.toThrow(
    InvalidInputError,
  )
})

test('forecasts rest on days as soon as there are enough, on hours before', async () => {
  const reader = createFleetReader(db.database)
  const [young, old, none] = [await fleet.addCluster(), await fleet.addCluster(), await fleet.addCluster()]
  await addPast(young, 'HOUR', 48, { widthMs: HOUR_MS })
  await addPast(young, 'DAY', 2, { widthMs: DAY_MS })
  await addPast(old, 'HOUR', 48, { widthMs: HOUR_MS })
  await addPast(old, 'DAY', 80, { widthMs: DAY_MS })
  const series = await reader.capacitySeriesByClusterIds([old, none, young])
  expect(series.map((points) => points.length)).toEqual([60, 0, 48])
  const moments = series[0]?.map(({ atMs }) => atMs) ?? []
  expect(moments).toEqual(moments.toSorted((a, b) => a - b))
})

test('a detached cluster is in no sum of the fleet, and its own past stays', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'HOUR', 3, { widthMs: HOUR_MS })
  await pool.query('UPDATE cluster SET detached_at = now()')
  expect((await historyOf(null, 'HOUR')).items).toEqual([])
  expect((await historyOf(id, 'HOUR')).items).toHaveLength(3)
})

test('what a cluster keeps of its past after three years weighs about a megabyte', async () => {
  const id = await fleet.addCluster()
  await addPast(id, 'FIVE_MINUTES', 576, { widthMs: 300_000 })
  await addPast(id, 'HOUR', 1_440, { widthMs: HOUR_MS })
  await addPast(id, 'DAY', 1_096, { widthMs: DAY_MS })
  const { rows } = await pool.query<{ bytes: bigint }>(
    `SELECT pg_total_relation_size('capacity_sample') AS bytes`,
  )
  expect(Number(rows[0]?.bytes)).toBeLessThan(1_200_000)
})

test('a day waits for its last hour, whoever is at that', async () => {
  const id = await fleet.addCluster()
  const endMsAgo = (Date.now() % DAY_MS) + DAY_MS
  await addPast(id, 'HOUR', 3, { widthMs: HOUR_MS, endMsAgo: endMsAgo + 2 * HOUR_MS })
  await addPast(id, 'FIVE_MINUTES', 3, { widthMs: 300_000, endMsAgo: endMsAgo + 300_000, step: TIB })
  expect(await rollUpCapacity(pool, 'DAY')).toBe(false)
  while (await rollUpCapacity(pool, 'HOUR'));
  expect(await rollUpCapacity(pool, 'DAY')).toBe(true)
  const { items } = await historyOf(id, 'DAY')
  expect(items).toMatchObject([{ promised: { minBytes: 0n, lastBytes: 2n * TIB + 1n } }])
})
