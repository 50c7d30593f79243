import { parseArgs } from 'node:util'
import { CONNECTION_USAGE, connectionOptions, readConnection } from '../testkit/connection-options.ts'
import { LOAD_KINDS } from './load-kinds.ts'

const DEFAULT_MIX = LOAD_KINDS.map(({ name, share }) => `${name}=${share}`).join(',')

export const USAGE = `npm run load -- [options]

Asks a running Flotilla through its public API for everything that owners and operators ask for: volumes new and copied, their
changes and their end, snapshots, attachments, what operators do, previews and reads. A refusal is an outcome like any.

  --count N       requests in all                                    (1000)
  --rate R        requests begun per second; 0: as fast as answered  (50)
  --concurrency N requests under way at most                         (64)
  --mean SIZE     median size of a new volume, in GiB                (100)
  --sigma S       spread of the sizes: standard deviation of ln(size) (1.3)
  --mix SHARES    kinds and their parts of all; those not named keep theirs, and "only" at the front leaves them out:
                  "create=40,delete=0" or "only,create=7,resize=3"
  --qos NAMES     QoS policies that volumes are given, whether clusters have them or not (load-gold,load-silver)
  --control URL   the simulator's: lose volumes behind Flotilla's back, to recreate or forget them; none unless given
  --insist S      send what was not answered again under its key, for so long (0)
  --history FILE  keep what was answered, for npm run verify -- --history FILE
  --seed N        the same seed asks for the same things             (1)
${CONNECTION_USAGE}
  --help

Kinds and their shares: ${DEFAULT_MIX.replaceAll(',', ', ')}
`

export interface LoadOptions {
  readonly count: number
  /** Per second; 0 means without a pause. */
  readonly rate: number
  readonly concurrency: number
  readonly medianGib: number
  readonly sigma: number
  readonly mix: ReadonlyMap<string, number>
  readonly qosPolicies: readonly string[]
  readonly controlUrl: string | undefined
  readonly insistMs: number
  /** Null for none. */
  readonly historyFile: string | null
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
      mix: { type: 'string', default: '' },
      qos: { type: 'string', default: 'load-gold,load-silver' },
      control: { type: 'string' },
      insist: { type: 'string', default: '0' },
      history: { type: 'string' },
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
    mix: readMix(values.mix),
    qosPolicies: values.qos.split(',').filter((name) => name !== ''),
    controlUrl: values.control?.replace(/\/$/, ''),
    insistMs: readNumber('insist', values.insist, 0, 86_400) * 1_000,
    historyFile: values.history ?? null,
    seed: readNumber('seed', values.seed, 0, 2 ** 32 - 1),
    ...readConnection(values),
  }
}

/** @throws Error as `readOptions` */
export function readMix(text: string): ReadonlyMap<string, number> {
  const parts = text.split(',').filter((part) => part !== '')
  const isOnly = parts[0] === 'only'
  const mix = new Map(LOAD_KINDS.map(({ name, share }) => [name, isOnly ? 0 : share]))
  for (const part of isOnly ? parts.slice(1) : parts) {
    const [name = '', share = ''] = part.split('=')
    if (!mix.has(name)) {
      throw new Error(`--mix: "${name}" is no kind of request; allowed are ${[...mix.keys()].join(', ')}`)
    }
    mix.set(name, readNumber(`mix: ${name}`, share, 0, 1_000_000))
  }
  if ([...mix.values()].every((share) => share === 0)) throw new Error('--mix: leaves nothing to ask for')
  return mix
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is ${min} to ${max}`)
  }
  return value
}
