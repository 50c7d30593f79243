import type { SchemaContext } from '@flotilla/schema/context'
import { schema } from '@flotilla/schema/schema'
import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql'
import { createLRUCache, createYoga, isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { AuthorizedRequest, RequestTrace } from '../request-trace.ts'
import { LIMITS } from './limits.ts'
import { presentError, statusOf } from './present-errors.ts'

export const GRAPHQL_PATH = '/graphql'
export const MAX_BODY_BYTES = 1_048_576
const CACHED_DOCUMENTS = 500

export type GraphqlServer = ReturnType<typeof createGraphqlServer>

/**
 * The API over HTTP, and the parts of it that WebSockets use. Who may come in, and with what kind of request, has been
 * decided before.
 */
export function createGraphqlServer(
  createContext: (request: AuthorizedRequest) => SchemaContext,
  log: Logger,
) {
  return createYoga<AuthorizedRequest, SchemaContext>({
    schema,
    context: createContext,
    graphqlEndpoint: GRAPHQL_PATH,
    plugins: [...LIMITS, noteOperation, presentResults(log)],
    maxRequestBodySize: MAX_BODY_BYTES,
    parserAndValidationCache: {
      documentCache: createLRUCache({ max: CACHED_DOCUMENTS }),
      errorCache: createLRUCache({ max: CACHED_DOCUMENTS }),
    },
    // Errors are masked by presentResults, which also gives them their codes.
    maskedErrors: false,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    graphiql: false,
    landingPage: false,
  })
}

const noteOperation: Plugin<AuthorizedRequest> = {
  onExecute: ({ args }) => note(args),
  onSubscribe: ({ args }) => note(args),
}

function note({ document, operationName, contextValue }: ExecutionArgs): void {
  const operation = getOperationAST(document, operationName)
  const { trace } = contextValue as AuthorizedRequest
  trace.operation = operation?.name?.value ?? operation?.operation
}

function presentResults(log: Logger): Plugin<Record<string, never>, AuthorizedRequest> {
  return {
    onResultProcess({ result, setResult, serverContext }) {
      if (isAsyncIterable(result)) {
        setResult(mapAsyncIterator(result, (part) => presentResult(part, serverContext.trace, log)))
      } else if (!Array.isArray(result)) {
        setResult(withStatus(presentResult(result, serverContext.trace, log)))
      }
    },
  }
}

/** The result as the caller may see it. */
export function presentResult<Result extends ExecutionResult>(
  result: Result,
  trace: RequestTrace,
  log: Logger,
): Result {
  if (!result.errors) return result
  const errors = result.errors.map((error) =>
    presentError(error, trace.requestId, (fault) =>
      log.error({ err: fault, requestId: trace.requestId }, 'request failed'),
    ),
  )
  trace.codes = errors.map(({ extensions }) => extensions.code)
  return { ...result, errors }
}

/** With no data at all the HTTP status says so too, unless the caller asked for the old media type. */
function withStatus<Result extends ExecutionResult>(result: Result): Result {
  if (!result.errors || result.data) return result
  const http = { status: statusOf(result.errors), spec: true }
  for (const { extensions } of result.errors) extensions.http ??= http
  return result
}
