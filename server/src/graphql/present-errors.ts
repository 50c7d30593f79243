import { InvalidInputError, OverloadedError, RecordFaultError } from '@flotilla/core/errors'
import { isDatabaseAway } from '@flotilla/prisma/database/is-database-away'
import {
  type ErrorDetails,
  STATUS_OF_CODE,
  topLevelCodeOf,
  topLevelError,
} from '@flotilla/schema/errors/top-level-error'
import { GraphQLError } from 'graphql'
import { inputPathOf } from './input-path.ts'

const DATABASE_AWAY =
  'the database is away, or too busy to answer in time; whether a change was made is not known: send the same again under the same idempotency key'
const RETRY_AFTER_MS = 1_000

/** Told about a fault whose cause the caller must not see. */
export type ReportFault = (fault: unknown) => void

/**
 * An error as the caller may see it: with a code of the closed list, whether it may be tried again, and the number of
 * the request. What nobody expected becomes INTERNAL without its message, and is reported.
 */
export function presentError(thrown: Error, requestId: string, report: ReportFault): GraphQLError {
  const error = asGraphQLError(thrown)
  const shown = showable(error, report) ?? internalError(error, report)
  const { nodes, source, positions, path } = error
  return new GraphQLError(shown.message, {
    nodes,
    source,
    positions,
    path,
    extensions: { ...shown.extensions, requestId, ...httpOf(error) },
  })
}

/** What was wrong with the HTTP request itself has a status of its own, whatever the caller accepts. */
function httpOf({ extensions }: GraphQLError): object | null {
  const http = extensions.http as { readonly status?: number; readonly spec?: boolean } | undefined
  return http?.status && !http.spec ? { http: { status: http.status } } : null
}

/** The HTTP status for a request of which nothing could be answered. */
export function statusOf(errors: readonly GraphQLError[]): number {
  const statuses = errors.map((error) => STATUS_OF_CODE[topLevelCodeOf(error) ?? 'INTERNAL'])
  return Math.max(...statuses)
}

/** graphql-js takes whatever has a `path` for an error of its own and leaves it as it is; our domain's errors have one. */
function asGraphQLError(thrown: Error): GraphQLError {
  return thrown instanceof GraphQLError ? thrown : new GraphQLError(thrown.message, { originalError: thrown })
}

function showable(error: GraphQLError, report: ReportFault): GraphQLError | null {
  const cause = rootCauseOf(error)
  if (cause instanceof InvalidInputError) {
    return topLevelError('BAD_INPUT', cause.message, {
      path: cause.path.join('.'),
      allowed: cause.issues.map((issue) => issue.allowed).join('; '),
    })
  }
  if (cause instanceof OverloadedError) {
    return topLevelError('OVERLOADED', cause.message, { retryAfterMs: cause.retryAfterMs })
  }
  if (cause instanceof RecordFaultError) {
    report(cause)
    return topLevelError('RECORD_FAULT', cause.message)
  }
  if (isDatabaseAway(cause)) {
    report(cause)
    return topLevelError('UNAVAILABLE', DATABASE_AWAY, { retryAfterMs: RETRY_AFTER_MS })
  }
  if (!(cause instanceof GraphQLError)) return null
  const code = topLevelCodeOf(cause)
  if (code) return topLevelError(code, error.message, detailsOf(error))
  // Without a path it was found before execution: in the document, its variables, or the HTTP request.
  return error.path ? null : topLevelError('BAD_INPUT', error.message, detailsOf(error))
}

function detailsOf(error: GraphQLError): ErrorDetails {
  const { path, allowed, retryAfterMs } = error.extensions as ErrorDetails
  const place = path ?? inputPathOf(error)
  return { ...(place && { path: place }), ...(allowed && { allowed }), ...(retryAfterMs && { retryAfterMs }) }
}

function internalError(error: GraphQLError, report: ReportFault): GraphQLError {
  report(error.originalError ?? error)
  return topLevelError('INTERNAL', 'something went wrong on our side; the log has it under this requestId')
}

function rootCauseOf(error: GraphQLError): Error {
  let cause: Error = error
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError
  return cause
}
