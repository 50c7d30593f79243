import { parseArgs } from 'node:util'

export const USAGE = `npm run races -- [options]

Lets many clients create and delete at once, over several server processes on one database, until the fleet is full to its
limit and beyond; then holds every recorded decision, the ledger, the clients' answers and the simulated clusters against
each other. Ends with 1 when anything contradicts.

  --servers N     server processes                                        (8)
  --clients N     clients, each with its own connection, in sequence      (64)
  --creates N     volumes asked for, by all clients together              (100000)
  --deletes SHARE deletions for each create, 0 to 0.9; of own volumes     (0.3)
  --clusters N    simulated clusters, of four sizes                       (8)
  --poll MS       how often each cluster is polled, 100 to 10000          (2000)
  --seed N        the same seed asks for the same things                  (1)
  --help
`

export interface RaceOptions {
  readonly servers: number
  readonly clients: number
  readonly creates: number
  readonly deletes: number
  readonly clusters: number
  readonly pollIntervalMs: number
  readonly seed: number
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[]): RaceOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      servers: { type: 'string', default: '8' },
      clients: { type: 'string', default: '64' },
      creates: { type: 'string', default: '100000' },
      deletes: { type: 'string', default: '0.3' },
      clusters: { type: 'string', default: '8' },
      poll: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const deletes = Number(values.deletes)
  if (values.deletes.trim() === '' || !(deletes >= 0 && deletes <= 0.9)) {
    throw new Error(`--deletes: "${values.deletes}" is not allowed; allowed is 0 to 0.9`)
  }
  return {
    servers: readWhole('servers', values.servers, 1, 64),
    clients: readWhole('clients', values.clients, 1, 1_000),
    creates: readWhole('creates', values.creates, 1, 1_000_000),
    deletes,
    clusters: readWhole('clusters', values.clusters, 1, 200),
    pollIntervalMs: readWhole('poll', values.poll, 100, 10_000),
    seed: readWhole('seed', values.seed, 0, 2 ** 31),
  }
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is a whole number, ${min} to ${max}`)
  }
  return value
}
