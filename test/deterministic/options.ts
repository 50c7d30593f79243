import { parseArgs } from 'node:util'

export const USAGE = `npm run soak -- [options]

Runs the product's own placement, reconciliation and polling in simulated worlds, one for each seed: servers, workers, clusters
and clients on one line of simulated time, with faults of every kind, and holds every commit against the rules. The same seed
makes the same world. Ends with 1 when anything contradicts.

  --ops N      operations that clients ask for, over all seeds            (1000000)
  --seed N     the first seed, counted up from there                      (1)
  --seeds N    so many seeds, instead of --ops
  --threads N  how many run at once                                       (as many as there are processors)
  --trace      one seed only, and everything that happens in it
  --known-gaps requests that come late may do what the product is known not to bear yet: some seeds contradict then
  --help
`

export interface SoakOptions {
  readonly operations: number
  readonly seed: number
  /** Null for as many as the operations take. */
  readonly seeds: number | null
  readonly threads: number
  readonly isTraced: boolean
  readonly withKnownGaps: boolean
}

/** @throws Error with what is wrong and what is allowed */
export function readOptions(args: string[], processors: number): SoakOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      ops: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      threads: { type: 'string', default: String(processors) },
      trace: { type: 'boolean', default: false },
      'known-gaps': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    operations: readWhole('ops', values.ops, 1, 1_000_000_000),
    seed: readWhole('seed', values.seed, 0, 1_000_000_000),
    seeds: values.seeds === undefined ? null : readWhole('seeds', values.seeds, 1, 1_000_000_000),
    threads: readWhole('threads', values.threads, 1, 256),
    isTraced: values.trace,
    withKnownGaps: values['known-gaps'],
  }
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Error(`--${name}: "${text}" is not allowed; allowed is a whole number, ${min} to ${max}`)
  }
  return value
}
