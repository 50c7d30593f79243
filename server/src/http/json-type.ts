import type { JsonType } from './execute-json.ts'

/** The kind of JSON that a caller prefers by its Accept header, as Yoga understands it; `null` when it wants something else first. */
export function jsonTypeOf(accept = '*/*'): JsonType | null {
  const [first = ''] = accept.replaceAll(/\s/g, '').toLowerCase().split(',')
  if (first === '*/*' || first === 'application/*' || first === 'application/json') return 'application/json'
  return first === 'application/graphql-response+json' ? first : null
}
