import type { Table } from '../table.ts'

/** Milliseconds in all. */
export interface BatchTimes {
  readonly batches: number
  /** By the clock. */
  readonly wallMs: number
  /** The process was not idle. */
  readonly processMs: number
  /** PostgreSQL carried out statements. */
  readonly statementsMs: number
  /** From when COMMIT was sent until it was answered. */
  readonly commitsMs: number
}

/** What a batch's time is, the mean of all. */
export function batchTimes({ batches, ...all }: BatchTimes): Table {
  const { wallMs, processMs, statementsMs, commitsMs } = all
  const row = (what: string, ms: number) => [
    what,
    (ms / batches).toFixed(1),
    `${((100 * ms) / wallMs).toFixed(0)} %`,
  ]
  return [
    ['a batch, mean', 'ms', 'share'],
    row('all of it', wallMs),
    row('the process works', processMs),
    row('PostgreSQL carries out statements', statementsMs),
    row('COMMIT is awaited', commitsMs),
    row(
      'the rest: plans and waits, less what two did at once',
      wallMs - processMs - statementsMs - commitsMs,
    ),
  ]
}
