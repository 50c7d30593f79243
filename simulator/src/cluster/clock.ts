/** Time as the cluster sees it; tests bring a clock that they advance by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Runs `action` once, `delayMs` from now; at once and synchronously when the delay is 0. */
  after(delayMs: number, action: () => void): void
}

/** Wall-clock time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, action) {
    if (delayMs <= 0) action()
    else setTimeout(action, delayMs).unref()
  },
}
