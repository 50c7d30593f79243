import { setTimeout as sleep } from 'node:timers/promises'

/** Looks until `probe` answers something other than `null`, `undefined` or `false`; fails, saying what it waited for. */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 180_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let fault: unknown
  while (performance.now() < deadline) {
    try {
      const found = await probe()
      if (found !== null && found !== undefined && found !== false) return found
    } catch (error) {
      fault = error
    }
    await sleep(50)
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: fault })
}
