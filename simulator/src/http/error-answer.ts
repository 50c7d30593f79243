import type { RefusalCode } from '../cluster/refusal.ts'

/** gRPC status numbers and the HTTP statuses that the gateway makes of them. */
const STATUS: Record<RefusalCode, { readonly number: number; readonly httpStatus: number }> = {
  InvalidArgument: { number: 3, httpStatus: 400 },
  NotFound: { number: 5, httpStatus: 404 },
  AlreadyExists: { number: 6, httpStatus: 409 },
  PermissionDenied: { number: 7, httpStatus: 403 },
  ResourceExhausted: { number: 8, httpStatus: 429 },
  FailedPrecondition: { number: 9, httpStatus: 412 },
  Unimplemented: { number: 12, httpStatus: 501 },
  Unavailable: { number: 14, httpStatus: 503 },
  Unauthenticated: { number: 16, httpStatus: 401 },
}

const INTERNAL = 13

/** What goes back to the caller, before any fault has touched it. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The JSON body that every refused call is answered with. */
export function refusalAnswer(code: RefusalCode, message: string): Answer {
  const { number, httpStatus } = STATUS[code]
  return errorAnswer(httpStatus, number, message)
}

/** An error by HTTP status, for faults on command; the gRPC number is the closest one. */
export function statusAnswer(httpStatus: number, message: string): Answer {
  const known = Object.values(STATUS).find((status) => status.httpStatus === httpStatus)
  return errorAnswer(httpStatus, known?.number ?? INTERNAL, message)
}

/** Routing failures are plain text, not JSON. */
export function plainAnswer(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` }
}

function errorAnswer(status: number, code: number, message: string): Answer {
  const body = JSON.stringify({ error: message, message, code, details: [] })
  return { status, contentType: 'application/json', body }
}
