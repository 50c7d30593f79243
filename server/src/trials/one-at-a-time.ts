import { OverloadedError } from '@flotilla/core/errors'

const MAX_WAITING = 8
const RETRY_AFTER_MS = 2_000

/**
 * Makes callers wait for each other, so that however many ask, one of them takes the machine's time. More than
 * MAX_WAITING are refused with OverloadedError.
 */
export function createOneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (work) => {
    if (waiting > MAX_WAITING) throw new OverloadedError(RETRY_AFTER_MS)
    waiting++
    const mine = last.then(work)
    last = mine.catch(() => {})
    try {
      return await mine
    } finally {
      waiting--
    }
  }
}
