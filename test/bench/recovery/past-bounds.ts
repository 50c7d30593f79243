import type { Bounds } from './disturbance.ts'

/** What a disturbance came to, in seconds; medians over the rounds. */
export interface Measured {
  readonly name: string
  readonly slowestChange: number
  readonly recordsEqual: number
  readonly bounds: Bounds
}

/** One line for each figure that is larger than it may be. */
export function pastBounds(measured: readonly Measured[]): readonly string[] {
  return measured.flatMap(({ name, slowestChange, recordsEqual, bounds }) => [
    ...pastBound(`${name}: the slowest change took`, slowestChange, bounds.slowestChange),
    ...pastBound(`${name}: the records equalled the clusters after`, recordsEqual, bounds.recordsEqual),
  ])
}

function pastBound(what: string, seconds: number, atMost: number | undefined): string[] {
  return atMost === undefined || seconds <= atMost
    ? []
    : [`${what} ${seconds.toFixed(1)} s, and may take ${atMost}`]
}
