import { randomUUID } from 'node:crypto'
import type { Viewer } from '@flotilla/core/ports/authenticator'

/** What the log will say of one request; filled in on the way. */
export interface RequestTrace {
  readonly requestId: string
  readonly startedAt: number
  /** Name of the token. */
  caller?: string
  /** Name of the operation, or its kind when it has none. */
  operation?: string
  /** Codes of the errors that were answered. */
  codes?: readonly unknown[]
}

/** A request that may be executed. */
export interface AuthorizedRequest {
  readonly viewer: Viewer
  readonly trace: RequestTrace
}

export function startTrace(): RequestTrace {
  return { requestId: randomUUID(), startedAt: performance.now() }
}

/** The request's one line of the log. */
export function describeTrace({ startedAt, ...rest }: RequestTrace): object {
  return { ...rest, durationMs: Math.round((performance.now() - startedAt) * 10) / 10 }
}
