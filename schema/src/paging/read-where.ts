import type { Where } from '@flotilla/core/ports/page'
import { topLevelError } from '../errors/top-level-error.ts'

/** What every filter has besides its own conditions. */
export interface Combination<Filter> {
  readonly and?: readonly Filter[] | null
  readonly or?: readonly Filter[] | null
  readonly not?: Filter | null
}

/** Filters nested deeper, or with more parts, are no questions of people. */
const MAX_DEPTH = 8
const MAX_PARTS = 100

/**
 * A client's filter as the reader takes it.
 *
 * @param readConditions reads the conditions of one part; gets its place in the arguments for messages
 * @param at where it stands in the arguments
 * @throws BAD_INPUT when it is nested too deeply or has too many parts
 */
export function readWhere<Filter extends Combination<Filter>, Conditions>(
  filter: Filter | null | undefined,
  readConditions: (part: Filter, path: string) => Partial<Conditions>,
  at = 'where',
): Where<Conditions> {
  let parts = 0
  return filter ? read(filter, at, 1) : ({} as Where<Conditions>)

  function read(part: Filter, path: string, depth: number): Where<Conditions> {
    parts++
    if (depth > MAX_DEPTH || parts > MAX_PARTS) throw tooLarge(path)
    const { and, or, not } = part
    return {
      ...readConditions(part, path),
      ...(and && { and: and.map((inner, index) => read(inner, `${path}.and.${index}`, depth + 1)) }),
      ...(or && { or: or.map((inner, index) => read(inner, `${path}.or.${index}`, depth + 1)) }),
      ...(not && { not: read(not, `${path}.not`, depth + 1) }),
    } as Where<Conditions>
  }
}

function tooLarge(path: string) {
  const allowed = `and, or, not at most ${MAX_DEPTH} deep, and at most ${MAX_PARTS} parts in all`
  return topLevelError('BAD_INPUT', `${path}: the filter is too large; allowed: ${allowed}`, {
    path,
    allowed,
  })
}

type WithoutNulls<T> = { [Key in keyof T]: Exclude<T[Key], null> }

/** A field given as null says the same as one that is absent. */
export function withoutNulls<T extends object>(input: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as WithoutNulls<T>
}
