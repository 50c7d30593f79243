import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticator, Viewer } from '@flotilla/core/ports/authenticator'
import type { Logger } from 'pino'
import { type GraphqlServer, MAX_BODY_BYTES } from '../graphql/create-yoga.ts'
import { bearerToken } from '../identity/bearer-token.ts'
import { watchToken } from '../identity/watch-token.ts'
import { describeTrace, startTrace } from '../request-trace.ts'
import { checkRequest, TOO_LARGE } from './check-request.ts'
import { executeJson } from './execute-json.ts'
import { jsonTypeOf } from './json-type.ts'
import { readBody } from './read-body.ts'
import { type Refusal, refuse } from './refuse.ts'

export interface ApiOptions {
  readonly graphql: GraphqlServer
  readonly authenticator: Authenticator
  readonly log: Logger
  /** How often a token is asked for again while its answer goes on. */
  readonly recheckMs: number
}

const NO_TOKEN: Refusal = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'the token is missing, unknown, revoked or expired',
  details: { allowed: 'Authorization: Bearer flo_...' },
}

const CANNOT_TELL: Refusal = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'the token cannot be checked at this moment',
}

/** One GraphQL request over HTTP: checks its kind and its token, has it executed, and leaves one line in the log. */
export async function serveApi(
  request: IncomingMessage,
  response: ServerResponse,
  { graphql, authenticator, log, recheckMs }: ApiOptions,
): Promise<void> {
  const trace = startTrace()
  response.setHeader('x-request-id', trace.requestId)
  response.setHeader('cache-control', 'no-store')
  response.once('close', () => {
    log[trace.codes ? 'info' : 'debug'](
      { ...describeTrace(trace), status: response.statusCode, transport: 'http' },
      'request',
    )
  })
  const token = bearerToken(request.headers.authorization)
  const admission = checkRequest(request) ?? (await authenticate(token, authenticator, log))
  if ('status' in admission) {
    trace.codes = [admission.code]
    return refuse(request, response, admission, trace.requestId)
  }
  // Whoever has gone away meanwhile gets nothing, and whatever waited for the end of this connection would wait for ever.
  if (response.destroyed) return
  trace.caller = admission.name
  if (token) {
    const endWatch = watchToken(authenticator, token, recheckMs, () => response.destroy())
    response.once('close', endWatch)
  }
  const authorized = { viewer: admission, trace }
  const type =
    request.method === 'POST' && !request.headers['content-encoding'] && jsonTypeOf(request.headers.accept)
  if (!type) return graphql(request, response, authorized)
  const body = await readBody(request, MAX_BODY_BYTES)
  if (body === null) return refuse(request, response, TOO_LARGE, trace.requestId)
  if (await executeJson(response, graphql, authorized, body, type, log)) return
  await graphql(Object.assign(request, { body }), response, authorized)
}

async function authenticate(
  token: string | null,
  authenticator: Authenticator,
  log: Logger,
): Promise<Viewer | Refusal> {
  if (!token) return NO_TOKEN
  try {
    return (await authenticator.authenticate(token)) ?? NO_TOKEN
  } catch (error) {
    log.error({ err: error }, 'a token could not be checked')
    return CANNOT_TELL
  }
}
