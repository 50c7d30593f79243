import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long other requests may have to wait; short against what a request takes anyway. */
const SLICE_MS = 10

/** Runs work to its end, a slice at a time, so that whatever else waits is served in between. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    while (performance.now() < end) {
      const next = work.next()
      if (next.done) return next.value
    }
    await nextTurn()
  }
}
