import type { Chance } from './chance.ts'

/** How a request to a cluster, or to the records, may go wrong. */
export const REQUEST_FAULTS = [
  'REQUEST_LOST',
  'ANSWER_LOST',
  'LATE',
  'SERVER_ERROR',
  'UNAVAILABLE',
  'NO_SPACE',
  'COMMIT_REFUSED',
  'COMMIT_ANSWER_LOST',
  'JOB_LOST',
  'JOB_TWICE',
  'JOB_LATE',
  'SLOW',
] as const

/** What befalls a cluster or a process now and then. */
export const HAPPENINGS = [
  'WORKER_KILLED',
  'WORKER_FROZEN',
  'WORKER_CLOCK_JUMPS',
  'SERVER_KILLED',
  'SERVER_FROZEN',
  'PARTITION',
  'FLAPPING',
  'FULL',
  'HUSKS',
  'FOREIGN_CREATE',
  'FOREIGN_DELETE',
  'VANISHED',
  'FOREIGN_RESIZE',
  'MISREPORT',
  'OTHER_IDENTITY',
  'POLL_NOW',
] as const

export const FAULT_KINDS = [...REQUEST_FAULTS, ...HAPPENINGS]
export type FaultKind = (typeof FAULT_KINDS)[number]

/** What a seed makes of the world. */
export interface FaultPlan {
  readonly clusters: number
  readonly servers: number
  readonly workers: number
  readonly operations: number
  /** For how long things go wrong, and clients ask for things. */
  readonly troubleMs: number
  /** Probability of each fault at each chance that it has. */
  readonly requestFaults: ReadonlyMap<FaultKind, number>
  /** Those that this seed has, and how often one of them comes. */
  readonly happenings: readonly FaultKind[]
  readonly happeningEveryMs: number
  readonly isSlowToCreate: boolean
}

/** Few kinds at a time, and each often enough that they meet: most of the faults found need two or three of them. */
export function planFaults(chance: Chance): FaultPlan {
  const requestFaults = new Map<FaultKind, number>()
  for (const kind of REQUEST_FAULTS) {
    if (chance.is(0.35)) requestFaults.set(kind, chance.pick([0.02, 0.05, 0.1, 0.3]))
  }
  const happenings = HAPPENINGS.filter(() => chance.is(0.3))
  return {
    clusters: chance.whole(1, 3),
    servers: chance.whole(1, 2),
    workers: chance.whole(1, 3),
    operations: chance.whole(8, 24),
    troubleMs: chance.pick([15_000, 30_000, 60_000, 150_000]),
    requestFaults,
    happenings,
    happeningEveryMs: chance.pick([1_000, 3_000, 10_000]),
    isSlowToCreate: chance.is(0.3),
  }
}
