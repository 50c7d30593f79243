import type { Cache, FieldInfo } from '@urql/exchange-graphcache'

/** Has the queries on the screen that hold such a root field asked again. What is shown stays until the answer. */
export function invalidateQueries(cache: Cache, isAffected: (rootField: FieldInfo) => boolean): void {
  for (const field of cache.inspectFields('Query')) {
    if (isAffected(field)) cache.invalidate('Query', field.fieldName, field.arguments)
  }
}
