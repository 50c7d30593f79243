import { FAULT_KINDS, type FaultKind } from './fault-plan.ts'
import type { SimulationResult, WaitedFor } from './simulation.ts'

/** What many seeds come to; can be sent from one thread to another. */
export interface Tally {
  readonly seeds: number
  readonly operations: number
  readonly events: number
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>
  /** The longest that a world took to come to rest after the last trouble, in ms, by what it waited for. */
  readonly longestToConvergeMs: Readonly<Record<WaitedFor, number>>
  /** The first few contradictions of each seed that has any. */
  readonly failed: readonly { readonly seed: number; readonly contradictions: readonly string[] }[]
}

export const NO_SEEDS: Tally = {
  seeds: 0,
  operations: 0,
  events: 0,
  faults: {},
  longestToConvergeMs: { NOTHING: 0, LEASE: 0, LATE: 0 },
  failed: [],
}

const CONTRADICTIONS_SHOWN = 3

export function tallyOf({
  seed,
  operations,
  events,
  faults,
  contradictions,
  convergedAfterMs,
  waitedFor,
}: SimulationResult): Tally {
  const shown = contradictions
    .slice(0, CONTRADICTIONS_SHOWN)
    .map(({ rule, message }) => `${typeof rule === 'number' ? `rule ${rule}` : rule}: ${message}`)
  return {
    seeds: 1,
    operations,
    events,
    faults: Object.fromEntries(faults),
    longestToConvergeMs: { ...NO_SEEDS.longestToConvergeMs, [waitedFor]: convergedAfterMs ?? 0 },
    failed: shown.length > 0 ? [{ seed, contradictions: shown }] : [],
  }
}

export function addTallies(a: Tally, b: Tally): Tally {
  const longest = (waitedFor: WaitedFor) =>
    Math.max(a.longestToConvergeMs[waitedFor], b.longestToConvergeMs[waitedFor])
  const counts = FAULT_KINDS.map((kind) => [kind, (a.faults[kind] ?? 0) + (b.faults[kind] ?? 0)] as const)
  return {
    seeds: a.seeds + b.seeds,
    operations: a.operations + b.operations,
    events: a.events + b.events,
    faults: Object.fromEntries(counts),
    longestToConvergeMs: { NOTHING: longest('NOTHING'), LEASE: longest('LEASE'), LATE: longest('LATE') },
    failed: [...a.failed, ...b.failed],
  }
}
