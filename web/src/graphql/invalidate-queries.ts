import type { Cache } from '@urql/exchange-graphcache'

/** Has every query on the screen asked again, or those of one root field. What is shown stays until the answer. */
export function invalidateQueries(cache: Cache, rootField?: string): void {
  for (const { fieldName, arguments: args } of cache.inspectFields('Query')) {
    if (rootField === undefined || fieldName === rootField) cache.invalidate('Query', fieldName, args)
  }
}
