import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks; a tenth of what has been waited and four times what a look takes, so that who waits leaves the machine to what he waits for. */
const SHORTEST_MS = 50
const LONGEST_MS = 500
const LOOKS_APART = 4
const LONGEST_FOR_LOOKS_MS = 2_000

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
    const lookedAt = performance.now()
    try {
      const found = await probe()
      if (found !== null && found !== undefined && found !== false) return found
    } catch (error) {
      fault = error
    }
    const lookMs = performance.now() - lookedAt
    await sleep(
      Math.max(
        SHORTEST_MS,
        Math.min(LONGEST_MS, waitedMs() / 10),
        Math.min(LONGEST_FOR_LOOKS_MS, LOOKS_APART * lookMs),
      ),
    )
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: fault })
}
