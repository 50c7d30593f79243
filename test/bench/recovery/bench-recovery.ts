import { setTimeout as sleep } from 'node:timers/promises'
import { NO_HISTORY } from '../../load/history-writer.ts'
import { runLoad } from '../../load/run-load.ts'
import { untilQuiet } from '../../load/until-quiet.ts'
import { startRedis } from '../../testkit/redis.ts'
import { type Stack, startStack } from '../../testkit/stack.ts'
import { waitForRest } from '../../testkit/volumes.ts'
import type { BenchmarkOptions } from '../options.ts'
import { median, medianAndGreatest } from '../statistics.ts'
import type { Bounded, Table } from '../table.ts'
import { watchAges } from '../watch-ages.ts'
import { type Disturbance, disturbances } from './disturbance.ts'
import { greatestOf, type Measured, pastBounds } from './past-bounds.ts'

const CLUSTERS = 10
/** The product's own. */
const POLL_INTERVAL_MS = 10_000
const RATE = 15
const BEGIN_AT_MS = 5_000
const HEAL_AT_MS = 20_000
/** Longer than any disturbance, so that each request that was begun is answered. */
const INSIST_MS = 120_000
const REST_WITHIN_MS = 300_000

/** Changes that the cluster must carry out. */
const MIX = new Map([
  ['create', 20],
  ['clone', 2],
  ['snapshot', 6],
  ['delete-snapshot', 2],
  ['resize', 8],
  ['delete', 10],
])

interface Recovery {
  /** From its request's commit to its end, of the changes in the run; seconds. */
  readonly slowestChange: number
  /** The greatest age that any cluster's figures had until all requests were answered; seconds. */
  readonly oldestFigures: number
  /** Seconds from when healing began: a process that has to start, and requests that still wait for their answer, are in it. */
  readonly operationsEnded: number
  /** Counted as that. */
  readonly recordsEqual: number
}

/**
 * What each of many disturbances costs that lasts fifteen seconds under load: how long changes take meanwhile, and how long after its
 * end all operations have ended and the records equal the clusters; against the same load without any.
 *
 * Nothing is begun any more from the moment in which healing begins, and from there both times are counted. What happens once, as Redis
 * being emptied, has happened fifteen seconds before: what it costs is how much longer the slowest change took than with nothing.
 *
 * @returns with what is past its bound in any round: 15 s for the slowest change without Redis, two poll intervals and a time-out until all is equal
 */
export async function benchRecovery(rounds: number, options: BenchmarkOptions): Promise<Bounded> {
  const redis = await startRedis()
  const stack = await startStack({
    fleet: {
      clusters: CLUSTERS,
      seed: 17,
      volumesPerCluster: 10,
      delays: { createMs: 100, updateMs: 50 },
    },
    pollIntervalMs: POLL_INTERVAL_MS,
    ...(options.queues.includes('Redis') ? { redisUrl: redis.url } : {}),
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    const rows: string[][] = []
    const measured: Measured[] = []
    let undisturbed: number | null = null
    for (const disturbance of disturbances(stack, redis)) {
      const taken: Recovery[] = []
      for (let round = 0; round < rounds; round++) {
        taken.push(await recover(stack, disturbance, `${rows.length}-${round}`))
      }
      const { name, bounds } = disturbance
      measured.push({ name, bounds, ...greatestOf(taken) })
      const slowest = median(taken.map((each) => each.slowestChange))
      const text = (field: keyof Recovery) =>
        medianAndGreatest(
          taken.map((each) => each[field]),
          1,
        )
      rows.push([
        name,
        text('slowestChange'),
        undisturbed === null ? '' : (slowest - undisturbed).toFixed(1),
        text('oldestFigures'),
        text('operationsEnded'),
        text('recordsEqual'),
        medianAndGreatest(
          taken.map(({ recordsEqual }) => (recordsEqual * 1_000) / POLL_INTERVAL_MS),
          2,
        ),
      ])
      undisturbed ??= slowest
    }
    const table: Table = [
      [
        'for 15 s under load',
        'slowest change, s',
        'longer than with nothing, s',
        'oldest figures, s',
        'operations ended after, s',
        'records equal clusters after, s',
        'poll intervals',
      ],
      ...rows,
    ]
    return { table, pastBounds: pastBounds(measured) }
  } finally {
    await stack.close()
    await redis.stop()
  }
}

async function recover(stack: Stack, disturbance: Disturbance, name: string): Promise<Recovery> {
  const begunAt = await now(stack)
  const ages = watchAges(stack)
  const healing = new AbortController()
  const load = runLoad({
    apis: stack.apis,
    insistMs: INSIST_MS,
    history: NO_HISTORY,
    count: (RATE * HEAL_AT_MS) / 1_000,
    rate: RATE,
    concurrency: 64,
    medianGib: 20,
    sigma: 1,
    seed: 1,
    mix: MIX,
    qosPolicies: [],
    runName: `recovery-${name}`,
    signal: healing.signal,
  })
  const disturbing = (async () => {
    await sleep(BEGIN_AT_MS)
    await Promise.all([disturbance.begin(), sleep(HEAL_AT_MS - BEGIN_AT_MS)])
    const healedAt = performance.now()
    healing.abort()
    await disturbance.heal()
    return healedAt
  })()
  const [{ failed }, healedAt] = await Promise.all([load, disturbing])
  if (failed > 0) throw new Error(`${disturbance.name}: ${failed} requests were never answered`)
  const oldestFigures = await ages.stop()
  const since = () => (performance.now() - healedAt) / 1_000
  await untilQuiet(stack.api, null, REST_WITHIN_MS)
  const operationsEnded = since()
  await waitForRest(stack, REST_WITHIN_MS)
  return {
    recordsEqual: since(),
    operationsEnded,
    oldestFigures,
    slowestChange: await slowestChange(stack, begunAt),
  }
}

async function now({ sql }: Stack): Promise<Date> {
  const { rows } = await sql.query<{ now: Date }>('SELECT clock_timestamp() AS now')
  return rows[0]?.now as Date
}

async function slowestChange({ sql }: Stack, since: Date): Promise<number> {
  const { rows } = await sql.query<{ seconds: number }>(
    `SELECT extract(epoch FROM max(finished_at - created_at))::float8 AS seconds FROM operation
     WHERE created_at > $1 AND kind IN ('CREATE_VOLUME', 'RESIZE_VOLUME', 'DELETE_VOLUME', 'CREATE_SNAPSHOT')`,
    [since],
  )
  return rows[0]?.seconds ?? 0
}
