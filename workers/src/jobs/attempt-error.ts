import type { OperationError } from '@flotilla/core/operations/operation'
import type { Clock } from '@flotilla/core/ports/clock'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { Logger } from 'pino'

export const RETRY_DELAY_MS = 2_000
export const BUSY_DELAY_MS = 500
/** Due at once, and taken up by nobody before the cluster answers. */
export const UNTIL_IT_ANSWERS = 0
/** After a definite no to what is not given up for it, a deletion or a look: what a cluster refuses it for seldom passes at once. */
const REFUSED_DELAY_MS = 10_000
/** Whatever a cluster asks for. */
const LONGEST_DELAY_MS = 60_000

const FAULT = { code: 'FAULT', message: "an error of our own; the worker's log says which" }

export function toOperationError(error: DriverError): OperationError {
  return { code: error.reason, message: error.message }
}

/** What an attempt that threw leaves on record, and when to try again. An error of our own is logged, not shown. */
export function attemptError(
  log: Logger,
  clock: Pick<Clock, 'random'>,
  subject: string,
  error: unknown,
): { readonly error: OperationError; readonly delayMs: number } {
  const isDrivers = error instanceof DriverError
  if (isDrivers) log.debug({ subject, reason: error.reason }, 'attempt failed')
  else log.error({ subject, err: error }, 'attempt failed')
  return {
    error: isDrivers ? toOperationError(error) : FAULT,
    delayMs: Math.min(
      (isDrivers && error.retryAfterMs) || delayMsAfter(error) * (1 + clock.random()),
      LONGEST_DELAY_MS,
    ),
  }
}

/** A lost race or a busy object is no refusal of what was asked for. */
function delayMsAfter(error: unknown): number {
  if (!(error instanceof DriverError) || error.outcome !== 'REFUSED') return RETRY_DELAY_MS
  return error.reason === 'PRECONDITION_FAILED' || error.reason === 'BUSY' ? RETRY_DELAY_MS : REFUSED_DELAY_MS
}
