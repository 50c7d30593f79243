/** A value of an answer: 64-bit numbers are bigint, so that they can be told from 32-bit ones. */
export type WireValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly WireValue[]
  | { readonly [field: string]: WireValue }

/**
 * JSON as the clusters' gateway writes it: 64-bit integers as decimal strings, and fields at their zero value
 * left out unless `emitZeros`. Messages (objects) are always written, even empty; absent ones never.
 */
export function renderJson(value: WireValue, emitZeros: boolean): string {
  return JSON.stringify(value, function replace(this: unknown, key: string, field: WireValue) {
    const isListItem = key === '' || Array.isArray(this)
    if (!emitZeros && !isListItem && isZero(field)) return undefined
    return typeof field === 'bigint' ? field.toString() : field
  })
}

function isZero(field: WireValue): boolean {
  if (Array.isArray(field)) return field.length === 0
  return field === 0 || field === 0n || field === '' || field === false
}
