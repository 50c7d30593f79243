import { type BackendVolume, DriverError } from '@flotilla/core/ports/cluster-driver'
import type { ApiClient } from './api-client.ts'
import { volumePageAnswer } from './volume-answer.ts'

/** The API's own maximum; a page with fewer is the last one. */
const PAGE_SIZE = 1000
const MAX_PAGES = 10_000

/**
 * All volumes of all projects, those being deleted included. Each page has the time of one operation. A cluster
 * that answers with the same page again, or never stops, fails as MALFORMED_ANSWER.
 */
export async function* listVolumePages(
  api: ApiClient,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly BackendVolume[]> {
  const offsets = new Set<string>()
  let offset = ''
  while (offsets.size < MAX_PAGES) {
    const path = `/volumes?limit=${PAGE_SIZE}&showAll=true${offset && `&offsetUUID=${offset}`}`
    const page = await api.call(
      { kind: 'READ', method: 'GET', path, answer: volumePageAnswer },
      api.patience(signal),
    )
    const last = page.at(-1)
    if (last && offsets.has(last.backendId)) throw endless('pages repeat')
    if (page.length > 0) yield page
    if (!last || page.length < PAGE_SIZE) return
    offset = last.backendId
    offsets.add(offset)
  }
  throw endless(`there are more than ${MAX_PAGES} pages`)
}

function endless(what: string): DriverError {
  return new DriverError('UNAVAILABLE', 'MALFORMED_ANSWER', `GET /volumes: ${what}`)
}
