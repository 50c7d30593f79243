import { existsSync } from 'node:fs'
import { type Stack, startStack } from '../../testkit/stack.ts'
import { adoptAll } from '../adopt-all.ts'
import { startChild } from '../child.ts'
import type { BenchmarkOptions } from '../options.ts'
import { pastBound } from '../past-bound.ts'
import type { FleetMember } from '../polling/fleet-program.ts'
import { registerMembers } from '../register-members.ts'
import { medianAndGreatest } from '../statistics.ts'
import type { Bounded } from '../table.ts'
import { measureRestart, type Restart } from './measure-restart.ts'
import { powerCuts } from './power-cuts.ts'
import type { Restarted } from './restarted.ts'

const VOLUMES_PER_CLUSTER = 100
const POLL_INTERVAL_MS = 10_000
/** In seconds, of server and worker, whatever was killed. */
const READY_WITHIN = 5

interface Row {
  readonly name: string
  readonly taken: readonly Restart[]
  /** What PostgreSQL had to do again, MiB; null where it was not killed. */
  readonly replayedMib: number | null
}

/**
 * Server and worker are killed and started again, on an empty database and on that of a large fleet whose volumes are all under
 * management: when they say that they are ready, when the first page is answered, when the first cluster is polled, and when a volume
 * that is asked for at once is AVAILABLE. Then everything is killed on the large one, PostgreSQL too, as in a power cut, and brought up by what `npm start` runs.
 *
 * @returns with what is past its bound: ready in 5 s, at each restart
 */
export async function benchRestart(rounds: number, { clusters }: BenchmarkOptions): Promise<Bounded> {
  const fleet = startChild(new URL('../polling/fleet-program.ts', import.meta.url), [
    String(clusters),
    String(VOLUMES_PER_CLUSTER),
  ])
  const stack = await startStack({
    fleet: { clusters: 0 },
    register: false,
    pollIntervalMs: POLL_INTERVAL_MS,
    env: { LOG_LEVEL: 'warn' },
  })
  try {
    const { members } = await fleet.receive<{ members: FleetMember[] }>('ready')
    const processes = serverAndWorker(stack)
    const empty = await restarts(rounds, () => measureRestart(processes, null))
    await registerMembers(stack, members)
    await adoptAll(stack, clusters * VOLUMES_PER_CLUSTER)
    const large = await restarts(rounds, (round) => measureRestart(processes, `after-${round}`))
    const name = `${clusters} clusters, ${clusters * VOLUMES_PER_CLUSTER} volumes`
    const rows = [
      { name: 'empty', taken: empty, replayedMib: null },
      { name, taken: large, replayedMib: null },
      ...(existsSync('/proc/self/stat')
        ? [{ name: `${name}, everything killed`, ...(await powerCuts(stack, rounds)) }]
        : []),
    ]
    return toTable(rows)
  } finally {
    await stack.close()
    await fleet.stop()
  }
}

function serverAndWorker({ server, worker, api, sql }: Stack): Restarted {
  return {
    api,
    sql: () => sql,
    kill: async () => void (await Promise.all([server.stop('SIGKILL'), worker.stop('SIGKILL')])),
    start: () => ({ server: server.start(), worker: worker.start() }),
  }
}

async function restarts(
  rounds: number,
  restartOnce: (round: number) => Promise<Restart>,
): Promise<readonly Restart[]> {
  const taken: Restart[] = []
  for (let round = 0; round < rounds; round++) taken.push(await restartOnce(round))
  return taken
}

function toTable(rows: readonly Row[]): Bounded {
  const pastBounds = rows.flatMap(({ name, taken }) =>
    (['server', 'worker'] as const).flatMap((each) =>
      pastBound(`${name}: the ${each} was ready after`, Math.max(...seconds(taken, each)), READY_WITHIN),
    ),
  )
  return {
    pastBounds,
    table: [
      [
        'database',
        'MiB to replay',
        'server ready',
        'worker ready',
        'first page',
        'first poll',
        'a volume AVAILABLE',
      ],
      ...rows.map(({ name, taken, replayedMib }) => [
        name,
        replayedMib?.toFixed(0) ?? '',
        ...(['server', 'worker', 'page', 'poll', 'volume'] as const).map((field) => {
          const values = seconds(taken, field)
          return values.length === 0 ? '' : `${medianAndGreatest(values, 2)} s`
        }),
      ]),
    ],
  }
}

function seconds(taken: readonly Restart[], field: keyof Restart): number[] {
  return taken.flatMap((each) => (each[field] === null ? [] : each[field] / 1_000))
}
