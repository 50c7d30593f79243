import type { ServerResponse } from 'node:http'
import { type ExecutionResult, type GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql'
import { isAsyncIterable } from 'graphql-yoga'
import type { Logger } from 'pino'
import { type GraphqlServer, presentResult } from '../graphql/create-yoga.ts'
import { type Executor, type OperationPayload, prepareOperation } from '../graphql/prepare-operation.ts'
import { statusOf } from '../graphql/present-errors.ts'
import type { AuthorizedRequest } from '../request-trace.ts'

export type JsonType = 'application/json' | 'application/graphql-response+json'

/**
 * The short way of ordinary requests, without Yoga's Request, Response and stream objects, which cost more than
 * executing them; plugins, caches and limits are the same. `false`, and nothing is answered: this one is not ordinary (a
 * subscription, a mistake in the document or the request), Yoga knows what to say.
 */
export async function executeJson(
  response: ServerResponse,
  graphql: GraphqlServer,
  authorized: AuthorizedRequest,
  body: string,
  type: JsonType,
  log: Logger,
): Promise<boolean> {
  const payload = toPayload(body)
  const args = payload && (await prepareOperation(graphql, authorized, payload))
  if (!args || !('document' in args)) return false
  const operation = getOperationAST(args.document, args.operationName)
  if (!operation || operation.operation === 'subscription') return false
  const executed: ExecutionResult = await (args.rootValue as Executor).execute(args)
  if (isAsyncIterable(executed)) throw new Error('a query or mutation was answered in parts')
  const { data, errors } = presentResult(executed, authorized.trace, log)
  response.writeHead(errors ? statusFor(errors, data, type) : 200, {
    'content-type': `${type}; charset=utf-8`,
  })
  response.end(JSON.stringify({ errors: errors?.map(withoutHttp), data }))
  return true
}

/** Variables that do not fit are a fault of the request itself, whatever the caller accepts; see `presentError`. */
function statusFor(errors: readonly GraphQLError[], data: unknown, type: JsonType): number {
  const own = errors.flatMap(
    ({ extensions }) => (extensions.http as { status?: number } | undefined)?.status ?? [],
  )
  if (own.length > 0) return Math.max(...own)
  return data || type === 'application/json' ? 200 : statusOf(errors)
}

function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...shown } = error.toJSON()
  const { http: _, ...kept } = extensions ?? {}
  return { ...shown, extensions: kept }
}

function toPayload(body: string): OperationPayload | null {
  let payload: unknown
  try {
    payload = JSON.parse(body)
  } catch {
    return null
  }
  return isPayload(payload) ? payload : null
}

function isPayload(value: unknown): value is OperationPayload {
  if (!isObject(value) || typeof value.query !== 'string') return false
  const { operationName = null, variables = null } = value
  return (
    Object.keys(value).every((key) => KNOWN_KEYS.has(key)) &&
    (operationName === null || typeof operationName === 'string') &&
    (variables === null || isObject(variables))
  )
}

const KNOWN_KEYS = new Set(['query', 'operationName', 'variables', 'extensions'])

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
