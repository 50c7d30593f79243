import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks; then a tenth of what has been waited, so that many who wait long leave the machine to what they wait for. */
const SHORTEST_MS = 50
const LONGEST_MS = 500

/** Looks until `probe` answers something other than `null`, `undefined` or `false`; fails, saying what it waited for. */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 180_000,
): Promise<T> {
  const startedAt = performance.now()
  const waitedMs = () => performance.now() - startedAt
  let fault: unknown
  while (waitedMs() < timeoutMs) {
    try {
      const found = await probe()
      if (found !== null && found !== undefined && found !== false) return found
    } catch (error) {
      fault = error
    }
    await sleep(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, waitedMs() / 10)))
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: fault })
}
