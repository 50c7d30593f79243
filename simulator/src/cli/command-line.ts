import { parseArgs } from 'node:util'
import { parseByteCount } from '../cluster/size.ts'
import type { CapacityChoice, FleetOptions } from '../fleet/fleet-options.ts'

export const HELP = `Pretends to be a fleet of storage clusters that speak the LightOS management API over HTTPS.

  npm run simulator -- [options]

  --clusters N         how many clusters (1)
  --port P             port of the first one, the others follow; 0 takes any free ports (0)
  --control-port P     plain HTTP port for faults and changes behind the clients' back; GET / there explains (0)
  --state DIR          remember the fleet in this folder; started again on it, it is the same fleet, and the
                       other options but --write no longer count
  --capacity SIZES     usable capacity: one size or a list dealt out in turn ("100TiB,2PiB"), or a range drawn
                       from log-uniformly ("50TiB..2PiB") (100TiB)
  --nodes N            nodes per cluster, 1 to 16 (3)
  --prefill RATIO      provisioned share of the capacity that foreign volumes take at the start (0)
  --volumes N          foreign volumes per cluster; without --prefill each is of 100 GiB
  --delay MS           how long creating, updating and deleting take (200)
  --compression RATIO  logical bytes per physical byte on compressed volumes (2)
  --emit-zeros         write fields that are zero, false or empty into answers too
  --seed N             decides sizes and random faults (1)
  --write FILE         write addresses, certificates and ready tokens as JSON
  --help               this text

Everything listens on loopback only. SIGINT and SIGTERM end it; nothing that was answered is lost from --state.
`

/** Thrown for wrong flags; its message is for the person at the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface CommandLine {
  readonly fleet: FleetOptions
  /** Where to write the fleet's description. */
  readonly writeFile: string | undefined
}

/** Reads the command line; 'help' when it asks for that. Throws UsageError, naming the flag at fault. */
export function parseCommandLine(args: readonly string[]): CommandLine | 'help' {
  const flags = parseFlags(args)
  if (flags.help) return 'help'
  const delayMs = wholeNumber('--delay', flags.delay ?? '200', 0, 3_600_000)
  return {
    fleet: {
      port: wholeNumber('--port', flags.port ?? '0', 0, 65_535),
      controlPort: wholeNumber('--control-port', flags['control-port'] ?? '0', 0, 65_535),
      seed: wholeNumber('--seed', flags.seed ?? '1', 0, 2 ** 32),
      delays: { createMs: delayMs, updateMs: delayMs, deleteMs: delayMs },
      nodesPerCluster: wholeNumber('--nodes', flags.nodes ?? '3', 1, 16),
      compressionRatio: ratio('--compression', flags.compression ?? '2', 1, 100),
      prefillRatio: ratio('--prefill', flags.prefill ?? '0', 0, 100),
      emitZeros: flags['emit-zeros'],
      ...(flags.clusters && { clusters: wholeNumber('--clusters', flags.clusters, 1, 10_000) }),
      ...(flags.volumes && { volumesPerCluster: wholeNumber('--volumes', flags.volumes, 0, 60_000) }),
      ...(flags.capacity && { capacity: parseCapacity(flags.capacity) }),
      ...(flags.state && { stateFolder: flags.state }),
    },
    writeFile: flags.write,
  }
}

/** `100TiB`, `100TiB,2PiB` or `50TiB..2PiB`. */
export function parseCapacity(text: string): CapacityChoice {
  const [min, max, ...rest] = text.split('..')
  if (min === undefined || max === undefined) {
    return { kind: 'list', bytes: text.split(',').map((size) => capacityBytes(size)) }
  }
  const choice = { kind: 'range', minBytes: capacityBytes(min), maxBytes: capacityBytes(max) } as const
  if (rest.length > 0 || choice.minBytes > choice.maxBytes) {
    throw new UsageError(`--capacity: "${text}" is no range; write SMALLEST..LARGEST`)
  }
  return choice
}

function parseFlags(args: readonly string[]) {
  const value = { type: 'string' } as const
  const toggle = { type: 'boolean', default: false } as const
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        clusters: value,
        port: value,
        'control-port': value,
        state: value,
        capacity: value,
        nodes: value,
        prefill: value,
        volumes: value,
        delay: value,
        compression: value,
        'emit-zeros': toggle,
        seed: value,
        write: value,
        help: toggle,
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function capacityBytes(text: string): bigint {
  const bytes = parseByteCount(text)
  if (bytes !== undefined && bytes > 0n) return bytes
  throw new UsageError(`--capacity: "${text}" is no size; write for example 100TiB`)
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const number = ratio(flag, text, min, max)
  if (Number.isInteger(number)) return number
  throw new UsageError(`${flag} takes a whole number, not "${text}"`)
}

function ratio(flag: string, text: string, min: number, max: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (number >= min && number <= max) return number
  throw new UsageError(`${flag} takes a number from ${min} to ${max}, not "${text}"`)
}
