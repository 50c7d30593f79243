import { setImmediate as nextTurn } from 'node:timers/promises'

/** Each who pauses goes on in a turn of its own: after the one before it, and after whatever else waits. */
export function createPause(): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return () => {
    last = last.then(() => nextTurn())
    return last
  }
}
