export interface PollSchedule {
  readonly intervalMs: number
  readonly inventoryIntervalMs: number
}

const MAX_BACKOFF_FACTOR = 3

/** Delays are shortened by up to this share at random, so that clusters spread over the interval. */
export const POLL_JITTER = 0.2

/**
 * Delay from one poll's start to the next: the interval, shortened at random, and doubled with each failure up to three intervals, so that a sick cluster costs little and is found soon when it heals.
 *
 * @param random 0 <= random < 1
 */
export function nextPollDelayMs(schedule: PollSchedule, failures: number, random: number): number {
  const factor = Math.min(2 ** Math.max(0, failures - 1), MAX_BACKOFF_FACTOR)
  return Math.round(schedule.intervalMs * factor * (1 - random * POLL_JITTER))
}

/**
 * Delay from one inventory to the next.
 *
 * @param random 0 <= random < 1
 */
export function nextInventoryDelayMs(schedule: PollSchedule, random: number): number {
  return Math.round(schedule.inventoryIntervalMs * (1 - random * POLL_JITTER))
}

/** One lost poll is no outage: from the second failure on a cluster counts as disconnected. */
export const FAILURES_UNTIL_DISCONNECTED = 2
