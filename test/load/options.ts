import { parseArgs } from 'node:util'
import { CONNECTION_USAGE, connectionOptions, readConnection } from '../testkit/connection-options.ts'

export const USAGE = `npm run load -- [options]

Asks a running Flotilla for volumes through its public API: creates with log-normal sizes, resizes, deletions.

  --count N       requests in all                                    (1000)
  --rate R        requests begun per second; 0: as fast as answered  (50)
  --concurrency N requests under way at most                         (64)
  --mean SIZE     median size of a new volume, in GiB                (100)
  --sigma S       spread of the sizes: standard deviation of ln(size) (1.3)
  --delete SHARE  share of deletions, 0 to 1                         (0.3)
  --resize SHARE  share of resizes, 0 to 1                           (0.1)
  --seed N        the same seed asks for the same things             (1)
${CONNECTION_USAGE}
  --help
`

export interface LoadOptions {
  readonly count: number
  /** Per second; 0 means without a pause. */
  readonly rate: number
  readonly concurrency: number
  readonly medianGib: number
  readonly sigma: number
  readonly deleteShare: number
  readonly resizeShare: number
  readonly seed: number
  readonly url: string
  readonly token: string
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): LoadOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '50' },
      concurrency: { type: 'string', default: '64' },
      mean: { type: 'string', default: '100' },
      sigma: { type: 'string', default: '1.3' },
      delete: { type: 'string', default: '0.3' },
      resize: { type: 'string', default: '0.1' },
      seed: { type: 'string', default: '1' },
      ...connectionOptions(env),
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    count: readNumber('count', values.count, 1, 10_000_000),
    rate: readNumber('rate', values.rate, 0, 100_000),
    concurrency: readNumber('concurrency', values.concurrency, 1, 10_000),
    medianGib: readNumber('mean', values.mean, 0.001, 1_000_000),
    sigma: readNumber('sigma', values.sigma, 0, 5),
    deleteShare: readNumber('delete', values.delete, 0, 1),
    resizeShare: readNumber('resize', values.resize, 0, 1),
    seed: readNumber('seed', values.seed, 0, 2 ** 32 - 1),
    ...readConnection(values),
  }
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is ${min} to ${max}`)
  }
  return value
}
