import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Clock } from '@flotilla/core/ports/clock'
import { DriverError } from '@flotilla/core/ports/cluster-driver'

/** So many failures running, and the cluster is left alone for a while. */
const FAILURES_UNTIL_REST = 5
const FIRST_REST_MS = 1_000
/** Soon enough after the cluster has healed. */
const LONGEST_REST_MS = 10_000
/** A cluster that asks for more is asked again after this all the same. */
const LONGEST_WISH_MS = 60_000
/** For those who come while one finds out whether the cluster works again. */
const PROBE_DELAY_MS = 1_000

/**
 * Keeps work on volumes away from a cluster that cannot do it just now, so that a sick one is not asked more than a healthy one: polls may
 * succeed while creations do not. After a rest one piece of work finds out. Of this process alone.
 */
export interface CircuitBreaker {
  /** 0 when work may begin, and then its end has to be told; else after how many ms to come again. */
  admit(clusterId: ClusterId): number
  /** How admitted work ended: `null`, or what was thrown. A refusal is an answer like any. */
  ended(clusterId: ClusterId, error: unknown): void
}

interface Trouble {
  failures: number
  /** By the clock given; 0 while it does not rest. */
  restUntilMs: number
  isProbed: boolean
}

/** Chance keeps those who wait from coming back together. */
export function createCircuitBreaker(clock: Pick<Clock, 'now' | 'random'>): CircuitBreaker {
  const troubles = new Map<ClusterId, Trouble>()
  return {
    admit(clusterId) {
      const trouble = troubles.get(clusterId)
      if (!trouble || trouble.restUntilMs === 0) return 0
      const leftMs = trouble.restUntilMs - clock.now()
      if (leftMs > 0) return Math.ceil(leftMs + clock.random() * PROBE_DELAY_MS)
      if (trouble.isProbed) return Math.ceil(PROBE_DELAY_MS * (1 + clock.random()))
      trouble.isProbed = true
      return 0
    },

    ended(clusterId, error) {
      const trouble = troubles.get(clusterId) ?? { failures: 0, restUntilMs: 0, isProbed: false }
      trouble.isProbed = false
      if (error === null || (error instanceof DriverError && error.outcome === 'REFUSED')) {
        troubles.delete(clusterId)
      } else if (error instanceof DriverError) {
        // What was under way when the rest began tells nothing new.
        if (trouble.restUntilMs <= clock.now()) trouble.failures += 1
        const untilMs = clock.now() + restMs(trouble.failures, error, clock)
        if (untilMs > clock.now() && (trouble.restUntilMs <= clock.now() || error.retryAfterMs))
          trouble.restUntilMs = untilMs
        troubles.set(clusterId, trouble)
      }
    },
  }
}

/** 0 for none. */
function restMs(failures: number, { retryAfterMs }: DriverError, clock: Pick<Clock, 'random'>): number {
  if (retryAfterMs) return Math.min(retryAfterMs, LONGEST_WISH_MS)
  if (failures < FAILURES_UNTIL_REST) return 0
  const doubled = FIRST_REST_MS * 2 ** (failures - FAILURES_UNTIL_REST)
  return Math.min(doubled, LONGEST_REST_MS) * (1 - clock.random() / 5)
}
