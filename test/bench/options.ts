import { parseArgs } from 'node:util'

export const BENCHMARKS = [
  'quality',
  'joining',
  'decision',
  'durable',
  'create',
  'records',
  'polling',
  'inventory',
  'restart',
  'recovery',
] as const
export type BenchmarkName = (typeof BENCHMARKS)[number]

export const USAGE = `npm run bench -- NAME [--rounds N]

Each prints one table, with its yardstick measured in the same run, and the commit it was taken on; medians over the rounds.

  quality    balance of the clusters' ratios after many placements, against other ways to choose
  joining    what a cluster that joins empty takes, with and without a share cap
  decision   CPU of one decision by number of clusters, against a bare scan for the minimum
  durable    volumes placed and committed per second, against one transaction each and against raw inserts
  create     createVolume through the API on real processes, against a bare Yoga
  records    what the records of decisions weigh in the database, by number of clusters and size of batches
  polling    CPU time of polling a fleet, by what changes, against the same requests alone, and how late polls are; takes minutes
  inventory  memory that the inventory of one cluster takes, by number of volumes, against keeping everything; and a worker's for several at
             once, of others' volumes and of our own; takes minutes
  restart    time from a SIGKILL until a large fleet is served again, against the same on an empty database; of server and worker, and of
             everything, PostgreSQL too; takes minutes. Ends with 1 when one is ready later than after 5 s
  recovery   what faults of many kinds cost under load, and when all is in order after them, against none; takes minutes.
             Ends with 1 when a figure of any round is past its bound

  --rounds N     how often everything is measured; quality and joining: how many seeds (3)
  --clusters N   polling and restart: how many clusters, with 100 volumes each (1000)
  --intervals N  polling: for how many poll intervals of 10 s each case is measured (6)
  --volumes N    inventory: how many volumes the largest cluster lists (1000000)
  --queue Q      polling: PostgreSQL or Redis; both unless given; recovery: Redis unless PostgreSQL is given
  --profile      create, durable, decision: prints besides what processes and PostgreSQL spend their time on, of create in the same run, whose
                 rates are then lower, of durable and decision after it
  --help
`

export interface BenchmarkOptions {
  readonly name: BenchmarkName
  readonly rounds: number
  readonly clusters: number
  readonly intervals: number
  readonly volumes: number
  readonly queues: readonly Queue[]
  readonly profile: boolean
}

const PROFILED: readonly BenchmarkName[] = ['decision', 'durable', 'create']

const QUEUES = ['PostgreSQL', 'Redis'] as const
/** Where the jobs are kept. */
export type Queue = (typeof QUEUES)[number]

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[]): BenchmarkOptions | 'help' {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      clusters: { type: 'string', default: '1000' },
      intervals: { type: 'string', default: '6' },
      volumes: { type: 'string', default: '1000000' },
      queue: { type: 'string' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const name = BENCHMARKS.find((each) => each === positionals[0])
  if (!name || positionals.length > 1) throw new Error(`name one benchmark: ${BENCHMARKS.join(', ')}`)
  const queues = QUEUES.filter((each) => values.queue === undefined || each === values.queue)
  if (queues.length === 0) {
    throw new Error(`--queue: "${values.queue}" is not allowed; allowed is ${QUEUES.join(' or ')}`)
  }
  if (values.profile && !PROFILED.includes(name)) {
    throw new Error(`--profile: not allowed with ${name}; allowed with ${PROFILED.join(', ')}`)
  }
  return {
    name,
    rounds: wholeNumber('--rounds', values.rounds, 100),
    clusters: wholeNumber('--clusters', values.clusters, 10_000),
    intervals: wholeNumber('--intervals', values.intervals, 1_000),
    volumes: wholeNumber('--volumes', values.volumes, 10_000_000),
    queues,
    profile: values.profile,
  }
}

function wholeNumber(flag: string, text: string, max: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new Error(`${flag}: "${text}" is not allowed; allowed is 1 to ${max}`)
}
