import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '@flotilla/core/ports/clock'

/** The machine's own time and chance. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => sleep(ms),
  after(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
  timeout: (ms) => AbortSignal.timeout(ms),
  random: Math.random,
}
