import { DriverError, type DriverOutcome, type DriverReason } from '@flotilla/core/ports/cluster-driver'
import { z } from 'zod'
import { type CallKind, withoutAnswer } from './api-call.ts'
import type { WireAnswer } from './exchange.ts'
import { redact } from './redact.ts'

/**
 * The API's own error body, with a gRPC status. Proxies and routers on the way answer otherwise, often with the HTTP status as a code, and are
 * believed less.
 */
const apiErrorBody = z.object({
  code: z.int().min(1).max(16),
  message: z.string().nullish(),
  error: z.string().nullish(),
})

interface ApiError {
  readonly grpcCode: number
  readonly message: string
}

interface Verdict {
  readonly outcome: DriverOutcome
  readonly reason: DriverReason
}

/** Far more than a message holds, so that no credential is cut in two before it is recognised. */
const MAX_QUOTED_BYTES = 65_536

const RESOURCE_EXHAUSTED = 8
const FAILED_PRECONDITION = 9
const ABORTED = 10
const NO_SPACE = /no space|out of space|no free|not enough|insufficient|is full/i

/** What an answer other than success means. `where` names the call and the endpoint, for people. */
export function answerError(answer: WireAnswer, kind: CallKind, where: string, token: string): DriverError {
  const apiError = readApiError(answer.body)
  const { outcome, reason } = apiError
    ? verdict(answer.statusCode, apiError, kind)
    : verdictOnForeign(answer.statusCode, kind)
  const said = apiError?.message || answer.body.toString('utf8', 0, MAX_QUOTED_BYTES) || 'empty answer'
  return new DriverError(outcome, reason, redact(`${where}: ${answer.statusCode}: ${said}`, token), {
    retryAfterMs: retryAfterMs(answer.retryAfter),
  })
}

function readApiError(body: Buffer): ApiError | null {
  try {
    const { code, message, error } = apiErrorBody.parse(JSON.parse(body.toString()))
    return { grpcCode: code, message: message || error || '' }
  } catch {
    return null
  }
}

function verdict(statusCode: number, { grpcCode, message }: ApiError, kind: CallKind): Verdict {
  const exhausted = grpcCode === RESOURCE_EXHAUSTED || grpcCode === FAILED_PRECONDITION
  // The API has no code of its own for a full cluster, only words.
  const isFull = exhausted && kind !== 'READ' && NO_SPACE.test(message)
  if (isFull) return { outcome: 'REFUSED', reason: 'NO_SPACE' }
  switch (statusCode) {
    case 400:
      return {
        outcome: 'REFUSED',
        reason: grpcCode === FAILED_PRECONDITION ? 'PRECONDITION_FAILED' : 'INVALID_ARGUMENT',
      }
    case 401:
      return { outcome: 'UNAUTHORIZED', reason: 'UNAUTHENTICATED' }
    case 403:
      return { outcome: 'UNAUTHORIZED', reason: 'FORBIDDEN' }
    case 404:
      return { outcome: 'REFUSED', reason: 'NOT_FOUND' }
    case 409:
      return kind === 'CREATE' && grpcCode !== ABORTED
        ? { outcome: 'REFUSED', reason: 'NAME_TAKEN' }
        : { outcome: 'UNAVAILABLE', reason: 'BUSY' }
    case 412:
      return { outcome: 'REFUSED', reason: 'PRECONDITION_FAILED' }
    case 429:
      return { outcome: 'UNAVAILABLE', reason: 'THROTTLED' }
    case 501:
      return { outcome: 'REFUSED', reason: 'UNSUPPORTED_VERSION' }
    case 503:
      return { outcome: 'UNAVAILABLE', reason: 'BUSY' }
    default:
      return { outcome: withoutAnswer(kind), reason: 'SERVER_ERROR' }
  }
}

/** An answer of a proxy, a router, a login page. Only a refusal that comes before forwarding is definite. */
function verdictOnForeign(statusCode: number, kind: CallKind): Verdict {
  switch (statusCode) {
    case 401:
      return { outcome: 'UNAUTHORIZED', reason: 'UNAUTHENTICATED' }
    case 403:
      return { outcome: 'UNAUTHORIZED', reason: 'FORBIDDEN' }
    case 429:
      return { outcome: 'UNAVAILABLE', reason: 'THROTTLED' }
    case 503:
      return { outcome: withoutAnswer(kind), reason: 'BUSY' }
    default:
      return {
        outcome: withoutAnswer(kind),
        reason: statusCode >= 500 ? 'SERVER_ERROR' : 'MALFORMED_ANSWER',
      }
  }
}

/** Retry-After as seconds or as a date; undefined when it is absent or neither. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1000
  const untilMs = Date.parse(header) - Date.now()
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs)
}
