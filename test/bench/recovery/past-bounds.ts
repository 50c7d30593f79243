import { pastBound } from '../past-bound.ts'
import type { Bounds } from './disturbance.ts'

/** What a disturbance came to at most, in seconds, over all rounds. */
export interface Measured {
  readonly name: string
  readonly slowestChange: number
  readonly recordsEqual: number
  readonly bounds: Bounds
}

/** What is held against the bounds: they are 'at most', so no round may be past one. */
export function greatestOf(
  rounds: readonly Pick<Measured, 'slowestChange' | 'recordsEqual'>[],
): Pick<Measured, 'slowestChange' | 'recordsEqual'> {
  return {
    slowestChange: Math.max(...rounds.map((each) => each.slowestChange)),
    recordsEqual: Math.max(...rounds.map((each) => each.recordsEqual)),
  }
}

/** One line for each figure that is larger than it may be. */
export function pastBounds(measured: readonly Measured[]): readonly string[] {
  return measured.flatMap(({ name, slowestChange, recordsEqual, bounds }) => [
    ...pastBound(`${name}: the slowest change took`, slowestChange, bounds.slowestChange),
    ...pastBound(`${name}: the records equalled the clusters after`, recordsEqual, bounds.recordsEqual),
  ])
}
