/** The result of work that pauses, without the pauses. */
export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const next = work.next()
    if (next.done) return next.value
  }
}
