import { setTimeout as sleep } from 'node:timers/promises'

const GATHER_MS = 10

/** Runs `send` for each call, but once at a time with a short rest: calls made meanwhile become one more run. */
export function coalesce(send: () => Promise<unknown>): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    running = true
    do {
      again = false
      await send().catch(() => {})
      await sleep(GATHER_MS)
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
