import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { z } from 'zod'
import type { ApiClient } from './api-client.ts'

/** The API's own maximum; a page with fewer is the last one. */
const PAGE_SIZE = 1000
const MAX_PAGES = 10_000

/**
 * All objects of a collection, those being deleted included. Each page has the time of one operation. A cluster
 * that answers with the same page again, or never stops, fails as MALFORMED_ANSWER.
 */
export async function* listPages<Item extends { readonly backendId: string }>(
  api: ApiClient,
  collection: string,
  answer: z.ZodType<readonly Item[]>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Item[]> {
  const offsets = new Set<string>()
  let offset = ''
  while (offsets.size < MAX_PAGES) {
    const path = `${collection}?limit=${PAGE_SIZE}&showAll=true${offset && `&offsetUUID=${offset}`}`
    const page = await api.call({ kind: 'READ', method: 'GET', path, answer }, api.patience(signal))
    const last = page.at(-1)
    if (last && offsets.has(last.backendId)) throw endless(collection, 'pages repeat')
    if (page.length > 0) yield page
    if (!last || page.length < PAGE_SIZE) return
    offset = last.backendId
    offsets.add(offset)
  }
  throw endless(collection, `there are more than ${MAX_PAGES} pages`)
}

function endless(collection: string, what: string): DriverError {
  return new DriverError('UNAVAILABLE', 'MALFORMED_ANSWER', `GET ${collection}: ${what}`)
}
