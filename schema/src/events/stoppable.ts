/**
 * A generator that waits cannot be ended from outside: `return` only takes effect at its next step. This one can, when
 * what it waits for heeds the signal.
 */
export function stoppable<T>(produce: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const stop = new AbortController()
  const source = produce(stop.signal)
  return {
    next: () => source.next(),
    return: (value) => {
      stop.abort()
      return source.return(value)
    },
    throw: (error) => {
      stop.abort()
      return source.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
