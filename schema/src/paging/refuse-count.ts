import { MAX_PAGE_SIZE } from '@flotilla/core/ports/page'
import { topLevelError } from '../errors/top-level-error.ts'

/** @throws BAD_INPUT for a `first` of a plain list that is out of bounds */
export function refuseCount(first: number): void {
  if (first >= 1 && first <= MAX_PAGE_SIZE) return
  const allowed = `1 to ${MAX_PAGE_SIZE}`
  throw topLevelError('BAD_INPUT', `first: is ${first}; allowed: ${allowed}`, { path: 'first', allowed })
}
