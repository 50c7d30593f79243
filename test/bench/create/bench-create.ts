import { Program } from '../../testkit/program.ts'
import { type Stack, startStack } from '../../testkit/stack.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import { cpuMsOf, cpuMsOfFamily } from '../cpu-time.ts'
import { parentOf } from '../process-tree.ts'
import { profileStack } from '../profile/profile-stack.ts'
import { median, quantile } from '../statistics.ts'
import type { Table } from '../table.ts'
import { type LoadResult, sendLoad } from './send-load.ts'

const TIB = 1n << 40n
const GIB = 1n << 30n
const CLUSTERS = 100
const VOLUMES = 4_000
const WARM_UP_VOLUMES = 500
const YARDSTICK_REQUESTS = 8_000
const POLL_INTERVAL_MS = 10_000

const CREATE = `mutation Create($input: CreateVolumeInput!) { createVolume(input: $input) {
  __typename ... on CreateVolumePayload { volume { id state } operation { id } } ... on Error { code message } } }`
const TRIVIAL = `mutation Create($input: CreateInput!) { create(input: $input) { id state } }`

/** CPU time by process, in ms. */
type CpuTimes = Readonly<Record<'server' | 'worker' | 'PostgreSQL' | 'clients and simulator', number>>

interface Round extends LoadResult {
  readonly availablePerSecond: number
  readonly cpu: CpuTimes
}

/**
 * createVolume by 64 clients on 100 simulated clusters, every process on this machine.
 *
 * @param show told what the processes spend their time on, a table each; profiling costs time itself, so the figures are then lower
 */
export async function benchCreate(rounds: number, show?: (table: Table) => void): Promise<Table> {
  const yardstick: LoadResult[] = []
  const results: Round[] = []
  const profile = show && profileStack()
  try {
    const stack = await startStack({
      fleet: {
        clusters: CLUSTERS,
        capacity: { kind: 'range', minBytes: 50n * TIB, maxBytes: 2048n * TIB },
        seed: 1,
      },
      pollIntervalMs: POLL_INTERVAL_MS,
      env: profile?.env,
    })
    try {
      await profile?.prepare(stack)
      await createAll(stack, 'warm', WARM_UP_VOLUMES)
      await profile?.begin(stack)
      for (let round = 0; round < rounds; round++) {
        results.push(await createAll(stack, `round-${round}`, VOLUMES))
        yardstick.push(await askBareYoga())
      }
      if (profile) show(await profile.end(stack, rounds * VOLUMES))
    } finally {
      await stack.close()
    }
    for (const table of profile?.functions() ?? []) show?.(table)
  } finally {
    profile?.remove()
  }
  return toTable(results, yardstick)
}

async function createAll(stack: Stack, run: string, count: number): Promise<Round> {
  const cpuBefore = await readCpu(stack)
  const startedAt = performance.now()
  const load = await sendLoad({
    url: stack.api.url,
    token: stack.api.token,
    query: CREATE,
    count,
    variables: (index) => ({ input: inputOf(`${run}-${index}`, index) }),
    check(answer) {
      if (!answer.includes('"CreateVolumePayload"')) throw new Error(answer)
    },
  })
  await waitUntil('every volume to be available', async () => await isAtRest(stack), 300_000)
  const seconds = (performance.now() - startedAt) / 1000
  const cpuAfter = await readCpu(stack)
  const cpu = Object.fromEntries(
    Object.entries(cpuAfter).map(([name, ms]) => [name, (ms - cpuBefore[name as keyof CpuTimes]) / count]),
  ) as CpuTimes
  return { ...load, availablePerSecond: count / seconds, cpu }
}

function inputOf(name: string, index: number): Record<string, unknown> {
  return { idempotencyKey: name, name, sizeBytes: String(BigInt(1 + (index % 64)) * GIB) }
}

async function isAtRest({ sql }: Stack): Promise<boolean> {
  const { rows } = await sql.query<{ state: string }>(
    `SELECT DISTINCT state FROM volume WHERE state <> 'AVAILABLE' LIMIT 1`,
  )
  if (rows[0]?.state === 'FAILED') throw new Error('a volume has failed')
  return rows.length === 0
}

async function readCpu({ sql, server, worker }: Stack): Promise<CpuTimes> {
  const { rows } = await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const { user, system } = process.cpuUsage()
  return {
    server: cpuMsOf(server.pid ?? 0),
    worker: cpuMsOf(worker.pid ?? 0),
    PostgreSQL: cpuMsOfFamily(parentOf(rows[0]?.pid ?? 0)),
    'clients and simulator': (user + system) / 1000,
  }
}

async function askBareYoga(): Promise<LoadResult> {
  const program = new Program(new URL('bare-yoga.ts', import.meta.url), {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
  })
  const url = await program.start()
  try {
    return await sendLoad({
      url,
      token: 'none',
      query: TRIVIAL,
      count: YARDSTICK_REQUESTS,
      variables: (index) => ({ input: inputOf(`trivial-${index}`, index) }),
      check(answer) {
        if (!answer.includes('CREATING')) throw new Error(answer)
      },
    })
  } finally {
    await program.stop()
  }
}

function toTable(results: readonly Round[], yardstick: readonly LoadResult[]): Table {
  const row = (name: string, loads: readonly LoadResult[], available: string) => [
    name,
    median(loads.map((each) => each.perSecond)).toFixed(0),
    ...[0.5, 0.99].map((share) => median(loads.map((each) => quantile(each.latenciesMs, share))).toFixed(0)),
    available,
  ]
  const names = Object.keys(results[0]?.cpu ?? {}) as (keyof CpuTimes)[]
  return [
    ['createVolume, 64 clients', 'acknowledged/s', 'p50 ms', 'p99 ms', 'AVAILABLE/s'],
    row('Flotilla, 100 clusters', results, median(results.map((each) => each.availablePerSecond)).toFixed(0)),
    row('bare Yoga, one trivial mutation', yardstick, ''),
    ...names.map((name) => [
      `CPU per volume: ${name}`,
      `${median(results.map((each) => each.cpu[name])).toFixed(2)} ms`,
    ]),
  ]
}
