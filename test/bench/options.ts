import { parseArgs } from 'node:util'

export const BENCHMARKS = ['quality', 'joining', 'decision', 'durable', 'create', 'records'] as const
export type BenchmarkName = (typeof BENCHMARKS)[number]

export const USAGE = `npm run bench -- NAME [--rounds N]

Each prints one table, with its yardstick measured in the same run; medians over the rounds.

  quality    balance of the clusters' ratios after many placements, against other ways to choose
  joining    what a cluster that joins empty takes, with and without a share cap
  decision   CPU of one decision by number of clusters, against a bare scan for the minimum
  durable    volumes placed and committed per second, against one transaction each and against raw inserts
  create     createVolume through the API on real processes, against a bare Yoga
  records    what the records of decisions weigh in the database, by number of clusters and size of batches

  --rounds N how often everything is measured; quality and joining: how many seeds (3)
  --help
`

export interface BenchmarkOptions {
  readonly name: BenchmarkName
  readonly rounds: number
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[]): BenchmarkOptions | 'help' {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return 'help'
  const name = BENCHMARKS.find((each) => each === positionals[0])
  if (!name || positionals.length > 1) throw new Error(`name one benchmark: ${BENCHMARKS.join(', ')}`)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error(`--rounds: "${values.rounds}" is not allowed; allowed is 1 to 100`)
  }
  return { name, rounds }
}
