import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startRedis } from '../../testkit/redis.ts'
import { type Stack, startStack } from '../../testkit/stack.ts'
import { waitUntil } from '../../testkit/wait-until.ts'
import { changeClusters } from '../change-clusters.ts'
import { startChild } from '../child.ts'
import { cpuMsOf, cpuMsOfFamily } from '../cpu-time.ts'
import type { Queue } from '../options.ts'
import { memoryMib } from '../process-memory.ts'
import { parentOf } from '../process-tree.ts'
import { registerMembers } from '../register-members.ts'
import type { Table } from '../table.ts'
import { watchAges } from '../watch-ages.ts'
import type { BareOrder } from './bare-requests.ts'
import type { ChangeOrder, FleetMember, SilenceOrder } from './fleet-program.ts'

const POLL_INTERVAL_MS = 10_000
const INVENTORY_INTERVAL_MS = 300_000
const VOLUMES_PER_CLUSTER = 100

export interface PollingOptions {
  readonly clusters: number
  /** How many poll intervals each case is measured for. */
  readonly intervals: number
  readonly queues: readonly Queue[]
}

type Order = ChangeOrder | 'SILENCE'

const CASES: readonly (readonly [name: string, order: Order | null])[] = [
  ['nothing', null],
  ['nothing, and one cluster is dead', 'SILENCE'],
  ['1 % of volumes, all on 1 % of clusters', { share: 0.01, spread: 'WHOLE_CLUSTERS' }],
  ['10 % of volumes, all on 10 % of clusters', { share: 0.1, spread: 'WHOLE_CLUSTERS' }],
  ['1 % of volumes, anywhere', { share: 0.01, spread: 'ANYWHERE' }],
  ['10 % of volumes, anywhere', { share: 0.1, spread: 'ANYWHERE' }],
]

/** CPU time so far in ms, and polls begun. */
interface Reading {
  readonly worker: number
  readonly postgres: number
  readonly redis: number
  readonly polls: number
}

/**
 * What polling a fleet costs in CPU time: worker, queue and database together, whatever the machine does besides. The simulated
 * clusters are a process of their own and not counted. A server runs as well; what it asks of the database is counted. And how old the figures
 * of any cluster got that is not dead: with polls in time no older than an interval, what a look comes late, and a poll.
 */
export async function benchPolling(options: PollingOptions): Promise<Table> {
  const fleet = startChild(new URL('fleet-program.ts', import.meta.url), [
    String(options.clusters),
    String(VOLUMES_PER_CLUSTER),
  ])
  try {
    const { members } = await fleet.receive<{ members: FleetMember[] }>('ready')
    const bare = await bareCost(members, options.intervals)
    const rows: string[][] = [
      ['the same requests alone', '', ms(bare), '', '', ms(bare), share(bare, options.clusters), '', '', ''],
    ]
    for (const queue of options.queues) {
      rows.push(...(await measureQueue(queue, options, members, bare, (order) => fleet.send(order))))
    }
    return [
      [
        'changes in an interval',
        'queue',
        'worker',
        'PostgreSQL',
        'Redis',
        'ms CPU a poll',
        'of a core',
        'x requests alone',
        'worker RSS MiB',
        'oldest figures, s',
      ],
      ...rows,
    ]
  } finally {
    await fleet.stop()
  }
}

async function bareCost(members: readonly FleetMember[], intervals: number): Promise<number> {
  const bare = startChild(new URL('bare-requests.ts', import.meta.url))
  await bare.receive('ready')
  const done = bare.receive<{ cpuMs: number }>('done')
  bare.send({ members, intervals, intervalMs: POLL_INTERVAL_MS } satisfies BareOrder)
  const { cpuMs } = await done
  return cpuMs / (members.length * intervals)
}

async function measureQueue(
  queue: Queue,
  options: PollingOptions,
  members: readonly FleetMember[],
  bare: number,
  change: (order: ChangeOrder | SilenceOrder) => void,
): Promise<string[][]> {
  const redis = queue === 'Redis' ? await startRedis() : null
  const stack = await startStack({
    fleet: { clusters: 0 },
    register: false,
    pollIntervalMs: POLL_INTERVAL_MS,
    ...(redis && { redisUrl: redis.url }),
    env: { INVENTORY_INTERVAL_MS: String(INVENTORY_INTERVAL_MS), LOG_LEVEL: 'warn' },
  })
  const counters = redis && new Redis(redis.url)
  try {
    await registerMembers(stack, members)
    await settle(stack)
    const rows: string[][] = []
    for (const [name, order] of CASES) {
      const isSilence = order === 'SILENCE'
      if (isSilence) change({ isFirstSilent: true })
      const ages = watchAges(stack, isSilence ? (members[0]?.name ?? null) : null)
      const cost = await measure(stack, counters, options.intervals, isSilence ? null : order, change)
      const oldest = await ages.stop()
      if (isSilence) {
        change({ isFirstSilent: false })
        await untilConnected(stack)
      }
      const total = cost.worker + cost.postgres + cost.redis
      rows.push([
        name,
        queue,
        ms(cost.worker),
        ms(cost.postgres),
        ms(cost.redis),
        ms(total),
        share(total, options.clusters),
        (total / bare).toFixed(1),
        String(memoryMib(stack.worker.pid ?? 0, 'VmRSS')),
        oldest.toFixed(1),
      ])
      console.log(rows.at(-1)?.join(' | '))
    }
    return rows
  } finally {
    counters?.disconnect()
    await stack.close()
    await redis?.stop()
  }
}

/** All were registered in one go; in a fleet that has run for a while their inventories are due at any time, and its tables have been vacuumed. */
async function settle(stack: Stack): Promise<void> {
  const spread = 'inventory_due_at = clock_timestamp() + make_interval(secs => random() * $1::float8 / 1000)'
  await changeClusters(stack, spread, [INVENTORY_INTERVAL_MS])
  await sleep(2 * POLL_INTERVAL_MS)
  await stack.sql.query('VACUUM (ANALYZE)')
}

/** The figures of one that was dead are old until it has been asked again, and are no fault of the next case. */
async function untilConnected({ sql }: Stack): Promise<void> {
  await waitUntil('every cluster to be connected again', async () => {
    const { rows } = await sql.query("SELECT 1 FROM cluster WHERE connection <> 'CONNECTED' LIMIT 1")
    return rows.length === 0
  })
}

/** CPU time in ms for each poll. */
async function measure(
  stack: Stack,
  redis: Redis | null,
  intervals: number,
  order: ChangeOrder | null,
  change: (order: ChangeOrder) => void,
): Promise<Omit<Reading, 'polls'>> {
  const before = await read(stack, redis)
  for (let count = 0; count < intervals; count++) {
    if (order) change(order)
    await sleep(POLL_INTERVAL_MS)
  }
  const after = await read(stack, redis)
  const polls = after.polls - before.polls
  return {
    worker: (after.worker - before.worker) / polls,
    postgres: (after.postgres - before.postgres) / polls,
    redis: (after.redis - before.redis) / polls,
  }
}

async function read({ sql, worker }: Stack, redis: Redis | null): Promise<Reading> {
  const { rows } = await sql.query<{ pid: number; polls: string }>(
    'SELECT pg_backend_pid() AS pid, sum(poll_sequence)::text AS polls FROM cluster',
  )
  return {
    worker: cpuMsOf(worker.pid ?? 0),
    postgres: cpuMsOfFamily(parentOf(rows[0]?.pid ?? 0)),
    redis: redis ? cpuMsOfRedis(await redis.info('cpu')) : 0,
    polls: Number(rows[0]?.polls),
  }
}

function cpuMsOfRedis(info: string): number {
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0)
  return 1_000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'))
}

function ms(value: number): string {
  return value.toFixed(2)
}

/** When every cluster is polled once in an interval. */
function share(msPerPoll: number, clusters: number): string {
  return `${((100 * msPerPoll * clusters) / POLL_INTERVAL_MS).toFixed(1)} %`
}
