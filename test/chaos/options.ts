import { parseArgs } from 'node:util'

export const USAGE = `npm run chaos -- [options]

Kills servers and workers at random with SIGKILL while clients ask for everything and clusters fail: answers and requests are
lost, errors, latency, clusters that come and go, and the database is restarted now and then. Clients send what was not
answered again under its key. Then all is healed, and everything is verified. Ends with 1 when anything contradicts; the
records, the clusters' history and the logs are kept then.

  --kills N       SIGKILLs in all, spread over the operations             (1000)
  --operations N  requests of clients in all                              (50000)
  --rate R        requests begun per second; 0: as fast as answered       (30)
  --concurrency N clients                                                 (32)
  --restarts N    restarts of the database, among the kills               (5)
  --outages N     outages of one cluster of 25 to 35 s, among the kills; nothing is killed and nothing else fails then, for 40 s
                  before, and until what was asked is done; the load must last so long (3)
  --servers N     server processes                                        (2)
  --workers N     worker processes                                        (2)
  --clusters N    simulated clusters                                      (6)
  --faults SHARE  of calls to clusters that are lost or answered with an error, each kind (0.02)
  --poll MS       how often each cluster is polled, 100 to 10000          (2000)
  --keep DIR      where to keep what was left when something contradicts  (chaos-SEED)
  --seed N        the same seed draws the same                            (1)
  --help
`

export interface ChaosOptions {
  readonly kills: number
  readonly operations: number
  /** Per second; 0 means without a pause. */
  readonly rate: number
  readonly concurrency: number
  readonly restarts: number
  readonly outages: number
  readonly servers: number
  readonly workers: number
  readonly clusters: number
  readonly faults: number
  readonly pollIntervalMs: number
  readonly keepFolder: string
  readonly seed: number
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '1000' },
      operations: { type: 'string', default: '50000' },
      rate: { type: 'string', default: '30' },
      concurrency: { type: 'string', default: '32' },
      restarts: { type: 'string', default: '5' },
      outages: { type: 'string', default: '3' },
      servers: { type: 'string', default: '2' },
      workers: { type: 'string', default: '2' },
      clusters: { type: 'string', default: '6' },
      faults: { type: 'string', default: '0.02' },
      poll: { type: 'string', default: '2000' },
      keep: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    kills: readNumber('kills', values.kills, 0, 1_000_000),
    operations: readNumber('operations', values.operations, 1, 10_000_000),
    rate: readNumber('rate', values.rate, 0, 10_000),
    concurrency: readNumber('concurrency', values.concurrency, 1, 1_000),
    restarts: readNumber('restarts', values.restarts, 0, 10_000),
    outages: readNumber('outages', values.outages, 0, 1_000),
    servers: readNumber('servers', values.servers, 1, 16),
    workers: readNumber('workers', values.workers, 1, 16),
    clusters: readNumber('clusters', values.clusters, 1, 200),
    faults: readNumber('faults', values.faults, 0, 0.3, false),
    pollIntervalMs: readNumber('poll', values.poll, 100, 10_000),
    keepFolder: values.keep ?? `chaos-${values.seed}`,
    seed: readNumber('seed', values.seed, 0, 2 ** 31),
  }
}

function readNumber(name: string, text: string, min: number, max: number, isWhole = true): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    const kind = isWhole ? 'a whole number, ' : ''
    throw new Error(`--${name}: "${text}" is not allowed; allowed is ${kind}${min} to ${max}`)
  }
  return value
}
