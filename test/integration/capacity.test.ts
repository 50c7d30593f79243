import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readClusters, simulated } from '../faults/clusters.ts'
import { addSamples } from '../testkit/capacity-samples.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { createPolicy } from '../testkit/policies.ts'
import { refusalsOf } from '../testkit/refusals.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const FIVE_MINUTES_MS = 300_000

/** Has filled by 1 TiB a day, of which half was written. */
const GROWING = 0
/** Joined just now. */
const NEW = 1
/** Promised more than the policy allows. */
const FULL = 2

/** Only when a worker starts: a sweep in between would roll up the invented past with what is there now. */
const ONE_SAMPLE = {
  module: 'workers/src/sweep.ts',
  find: 'const TRIM_EVERY_MS = 60_000',
  replace: 'const TRIM_EVERY_MS = 3_600_000',
}

const DAYS = 30
const GATE =
  'outcome leftBytes days earliestDays latestDays growthBytesPerDay confidence sampleCount historyDays'
const FORECAST = `policyName promised { ${GATE} } written { ${GATE} }`

interface GateAnswer {
  readonly outcome: string
  readonly leftBytes: string
  readonly days: number | null
  readonly confidence: string | null
}
interface ForecastAnswer {
  readonly policyName: string
  readonly promised: GateAnswer
  readonly written: GateAnswer
}
interface HistoryAnswer {
  readonly totalCount: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly nodes: readonly {
    readonly at: string
    readonly clusterCount: number
    readonly promised: { readonly minBytes: string; readonly maxBytes: string; readonly lastBytes: string }
    readonly free: { readonly lastBytes: string }
  }[]
}

let stack: Stack
let ids: readonly string[]
let midnight: Date
let thisHour: Date

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, capacity: { kind: 'list', bytes: [100n * TIB] }, seed: 15 },
    pollIntervalMs: 500,
    env: patchedEnv([ONE_SAMPLE]),
  })
  const clusters = await readClusters(stack)
  ids = stack.fleet.clusters.map(({ name }) => clusters.find((each) => each.name === name)?.id ?? '')
  const lastWhole = (widthMs: number) => new Date(Math.floor(Date.now() / widthMs) * widthMs)
  midnight = lastWhole(DAY_MS)
  thisHour = lastWhole(HOUR_MS)
  const pace = { promisedStep: TIB, writtenStep: TIB / 2n }
  await addSamples(stack, idOf(GROWING), { resolution: 'DAY', endsAt: midnight, count: DAYS, ...pace })
  await addSamples(stack, idOf(GROWING), { resolution: 'HOUR', endsAt: thisHour, count: 48, ...pace })
  for (const index of [GROWING, NEW]) {
    const past = { resolution: 'FIVE_MINUTES', endsAt: thisHour, count: 12, ...pace } as const
    await addSamples(stack, idOf(index), past)
  }
})

afterAll(() => stack?.close())

function idOf(index: number): string {
  return ids[index] ?? ''
}

async function forecastOf(index: number | null, policy?: string): Promise<ForecastAnswer> {
  const field = `capacityForecast${policy ? `(policy: "${policy}")` : ''} { ${FORECAST} }`
  if (index === null) {
    const { fleet } = await stack.api.ask<{ fleet: { capacityForecast: ForecastAnswer } }>(
      `{ fleet { ${field} } }`,
    )
    return fleet.capacityForecast
  }
  const { cluster } = await stack.api.ask<{ cluster: { capacityForecast: ForecastAnswer } }>(
    `query ($id: ID!) { cluster(id: $id) { ${field} } }`,
    { id: idOf(index) },
  )
  return cluster.capacityForecast
}

/** The forecast once a poll has seen that so much is left until the gate of what is promised. */
function forecastWhenLeft(index: number, leftTebibytes: bigint): Promise<ForecastAnswer> {
  return waitUntil(`${leftTebibytes} TiB to be left`, async () => {
    const forecast = await forecastOf(index)
    return BigInt(forecast.promised.leftBytes) === leftTebibytes * TIB && forecast
  })
}

interface HistoryRange {
  readonly from: Date
  readonly to: Date
  readonly resolution?: 'FIVE_MINUTES' | 'HOUR' | 'DAY'
  readonly first?: number
  readonly after?: string | null
}

async function historyOf(index: number | null, range: HistoryRange): Promise<HistoryAnswer> {
  const field = `capacityHistory(from: $from, to: $to, resolution: $resolution, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { at clusterCount promised { minBytes maxBytes lastBytes } free { lastBytes } } }`
  const owner = index === null ? 'fleet' : 'cluster(id: $id)'
  const { answer } = await stack.api.ask<{ answer: { capacityHistory: HistoryAnswer } }>(
    `query (${index === null ? '' : '$id: ID!, '}$from: DateTime, $to: DateTime, $resolution: CapacityResolution,
            $first: Int, $after: String) { answer: ${owner} { ${field} } }`,
    { id: index === null ? undefined : idOf(index), ...range },
  )
  return answer.capacityHistory
}

describe('capacityForecast', () => {
  it('of a cluster that fills tells the days and how far they can be trusted, and moves with what is there now', async () => {
    const { uuid } = simulated(stack, GROWING).createForeignVolume({
      name: 'grower',
      sizeBytes: 20n * TIB,
      replicaCount: 1,
    })
    const before = await forecastWhenLeft(GROWING, 130n)
    expect(before).toMatchObject({
      policyName: 'default',
      promised: {
        outcome: 'GROWING',
        days: expect.closeTo(130, 3),
        growthBytesPerDay: Number(TIB),
        // Further than four times the past.
        confidence: 'LOW',
        sampleCount: DAYS,
        historyDays: DAYS - 1,
      },
      written: { outcome: 'GROWING', leftBytes: `${90n * TIB}`, days: expect.closeTo(180, 3) },
    })
    simulated(stack, GROWING).resizeVolume(uuid, 120n * TIB)
    simulated(stack, GROWING).fill(uuid, 0.5)
    expect(await forecastWhenLeft(GROWING, 30n)).toMatchObject({
      promised: {
        outcome: 'GROWING',
        days: expect.closeTo(30, 3),
        earliestDays: expect.closeTo(30, 3),
        latestDays: expect.closeTo(30, 3),
        confidence: 'HIGH',
      },
      written: {
        outcome: 'GROWING',
        leftBytes: `${30n * TIB}`,
        days: expect.closeTo(60, 3),
        confidence: 'HIGH',
      },
    })
  })

  it('of one that has just joined tells that there is not enough history', async () => {
    const { promised, written } = await forecastOf(NEW)
    const unknown = { outcome: 'NOT_ENOUGH_HISTORY', days: null, growthBytesPerDay: null, confidence: null }
    expect(promised).toMatchObject({ ...unknown, leftBytes: `${150n * TIB}` })
    expect(written).toMatchObject({ ...unknown, leftBytes: `${90n * TIB}` })
  })

  it('of one that is past a limit tells that it is reached, history or not', async () => {
    simulated(stack, FULL).createForeignVolume({ name: 'full', sizeBytes: 160n * TIB, replicaCount: 1 })
    expect(await forecastWhenLeft(FULL, -10n)).toMatchObject({
      promised: { outcome: 'REACHED', days: 0, confidence: null },
      written: { outcome: 'NOT_ENOUGH_HISTORY', days: null },
    })
  })

  it('of the fleet counts what all clusters have left, and nothing against those that are past the limit', async () => {
    expect(await forecastOf(null)).toMatchObject({
      promised: { outcome: 'GROWING', leftBytes: `${180n * TIB}`, days: expect.closeTo(180, 0) },
    })
  })

  it('is of the policy that is asked for', async () => {
    await createPolicy(stack.api, { name: 'tight', limits: { maxProvisionedRatio: { create: '0.1' } } })
    expect(await forecastOf(null, 'tight')).toMatchObject({
      policyName: 'tight',
      promised: { outcome: 'GROWING', leftBytes: `${10n * TIB}`, days: expect.closeTo(10, 0) },
    })
    expect((await forecastOf(GROWING, 'tight')).promised).toMatchObject({ outcome: 'REACHED', days: 0 })
  })

  it.each([
    'fleet { capacityForecast(policy: "gold") { policyName } }',
    'clusters { nodes { capacityForecast(policy: "gold") { policyName } } }',
  ])('of an unknown policy is an error that names the argument: %s', async (field) => {
    const answer = await stack.api.send(`{ ${field} }`)
    expect(refusalsOf(answer)[0]).toEqual({
      code: 'BAD_INPUT',
      path: 'policy',
      message: 'policy: there is no policy "gold"',
      allowed: 'the name of a policy',
    })
  })
})

describe('capacityHistory', () => {
  it.each([
    ['DAY', () => midnight, DAY_MS, DAYS],
    ['HOUR', () => thisHour, HOUR_MS, 48],
    ['FIVE_MINUTES', () => thisHour, FIVE_MINUTES_MS, 12],
  ] as const)(
    'by %s is told as it was, the oldest first, page by page',
    async (resolution, end, widthMs, count) => {
      const to = end()
      const from = new Date(to.getTime() - count * widthMs)
      const range = { from, to, resolution }
      const first = await historyOf(GROWING, { ...range, first: count - 1 })
      expect(first).toMatchObject({ totalCount: count, pageInfo: { hasNextPage: true } })
      const rest = await historyOf(GROWING, { ...range, after: first.pageInfo.endCursor })
      expect(rest.pageInfo.hasNextPage).toBe(false)
      expect([...first.nodes, ...rest.nodes]).toEqual(
        Array.from({ length: count }, (_, n) => {
          const bytes = `${BigInt(n) * TIB}`
          return {
            at: new Date(from.getTime() + n * widthMs).toISOString(),
            clusterCount: 1,
            promised: { minBytes: bytes, maxBytes: bytes, lastBytes: bytes },
            free: { lastBytes: `${100n * TIB - (BigInt(n) * TIB) / 2n}` },
          }
        }),
      )
    },
  )

  it('is as fine as is kept back to its begin, unless told otherwise', async () => {
    const widths = []
    for (const days of [1, 10, 70]) {
      const from = new Date(Date.now() - days * DAY_MS)
      const { nodes } = await historyOf(GROWING, { from, to: thisHour, first: 2 })
      widths.push(Date.parse(nodes[1]?.at ?? '') - Date.parse(nodes[0]?.at ?? ''))
    }
    expect(widths).toEqual([FIVE_MINUTES_MS, HOUR_MS, DAY_MS])
  })

  it('of the fleet sums those that were measured', async () => {
    const range = { from: new Date(thisHour.getTime() - HOUR_MS), to: thisHour }
    const { nodes, totalCount } = await historyOf(null, { ...range, resolution: 'FIVE_MINUTES' })
    expect(totalCount).toBe(12)
    expect(nodes.at(-1)).toMatchObject({
      clusterCount: 2,
      promised: { lastBytes: `${22n * TIB}` },
      free: { lastBytes: `${189n * TIB}` },
    })
  })

  it('tells what the sweep has sampled of a cluster', async () => {
    const cluster = simulated(stack, NEW)
    const { uuid } = cluster.createForeignVolume({ name: 'sampled', sizeBytes: 7n * TIB, replicaCount: 2 })
    cluster.fill(uuid, 0.25)
    const [promised, free] = [`${14n * TIB}`, String(cluster.freePhysicalBytes())]
    await waitUntil('a poll to have seen it', async () => {
      const { rows } = await stack.sql.query(
        `SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 AND provisioned_bytes = $2 AND free_bytes = $3`,
        [idOf(NEW), promised, free],
      )
      return rows.length === 1
    })
    // The first of each five minutes counts, and there may be one from before.
    await stack.sql.query('DELETE FROM capacity_sample WHERE cluster_id = $1 AND bucket_at >= $2', [
      idOf(NEW),
      thisHour,
    ])
    await stack.worker.stop()
    await stack.worker.start()
    const [sample] = await waitUntil('a sample', async () => {
      const range = { from: thisHour, to: new Date(), resolution: 'FIVE_MINUTES' } as const
      const { nodes } = await historyOf(NEW, range)
      return nodes.length > 0 && nodes
    })
    expect(sample).toEqual({
      at: expect.stringMatching(/:\d[05]:00\.000Z$/),
      clusterCount: 1,
      promised: { minBytes: promised, maxBytes: promised, lastBytes: promised },
      free: { lastBytes: free },
    })
  })
})
