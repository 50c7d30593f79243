import { GraphQLError, type GraphQLErrorOptions } from 'graphql'

/** The codes that top-level errors carry in `extensions.code`. Closed list. */
export const TOP_LEVEL_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_INPUT',
  'INVALID_ID',
  'QUERY_TOO_COMPLEX',
  'OVERLOADED',
  /** The database is away. What was asked for may have been done: the same again under the same key tells. */
  'UNAVAILABLE',
  'RECORD_FAULT',
  'INTERNAL',
] as const
export type TopLevelCode = (typeof TOP_LEVEL_CODES)[number]

/** HTTP status under `application/graphql-response+json`, when nothing could be executed. */
export const STATUS_OF_CODE: Readonly<Record<TopLevelCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_INPUT: 400,
  INVALID_ID: 400,
  QUERY_TOO_COMPLEX: 400,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  RECORD_FAULT: 500,
  INTERNAL: 500,
}

export interface ErrorDetails {
  /** Where in the arguments the cause stands: `where.clusterId.0`. */
  readonly path?: string
  /** What would have been accepted, in words, with an example. */
  readonly allowed?: string
  readonly retryAfterMs?: number
}

/** An error of the request as a whole, with its code; `retryable` says whether sending the same again may succeed. */
export function topLevelError(
  code: TopLevelCode,
  message: string,
  details: ErrorDetails = {},
  options: GraphQLErrorOptions = {},
): GraphQLError {
  const retryable = ['OVERLOADED', 'UNAVAILABLE', 'INTERNAL'].includes(code)
  return new GraphQLError(message, { ...options, extensions: { code, ...details, retryable } })
}

/** The error's code, if it is one of the list. */
export function topLevelCodeOf(error: GraphQLError): TopLevelCode | null {
  return TOP_LEVEL_CODES.find((code) => code === error.extensions.code) ?? null
}
