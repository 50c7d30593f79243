export interface PollSchedule {
  readonly intervalMs: number
  readonly inventoryIntervalMs: number
}

const LONGEST_WISH_MS = 60_000
const STEADY_INTERVALS = 10

/** One lost poll is no outage: from the second failure on a cluster counts as disconnected. */
export const FAILURES_UNTIL_DISCONNECTED = 2

/** Delays are shortened by up to this share at random, so that clusters spread over the interval. */
export const POLL_JITTER = 0.2

/**
 * Delay from one poll's start to the next: the interval, shortened at random; the same after a failure, as a cluster that heals has to be found
 * within one interval for all to be in order within two (design.md 3, rule 9).
 *
 * @param random 0 <= random < 1
 * @param retryAfterMs how long the cluster asks to be left alone; heeded up to a minute
 */
export function nextPollDelayMs(schedule: PollSchedule, random: number, retryAfterMs = 0): number {
  const delayMs = Math.round(schedule.intervalMs * (1 - random * POLL_JITTER))
  return Math.max(delayMs, Math.min(retryAfterMs, LONGEST_WISH_MS))
}

/**
 * Delay from one inventory to the next.
 *
 * @param random 0 <= random < 1
 */
export function nextInventoryDelayMs(schedule: PollSchedule, random: number): number {
  return Math.round(schedule.inventoryIntervalMs * (1 - random * POLL_JITTER))
}

/** How long a cluster that has come back is watched: lost again before, it is unsteady, and has to answer for as long before it counts as connected. */
export function steadyMs({ intervalMs }: PollSchedule): number {
  return STEADY_INTERVALS * intervalMs
}
