import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorDetails, type TopLevelCode, topLevelError } from '@flotilla/schema/errors/top-level-error'

/** Why a request is turned away before anything of it is executed. */
export interface Refusal {
  readonly status: number
  readonly code: TopLevelCode
  readonly message: string
  readonly details?: ErrorDetails
}

/** Answers as GraphQL answers a request error, and closes the connection when a body was left unread. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, message, details }: Refusal,
  requestId: string,
): void {
  const { extensions } = topLevelError(code, message, details)
  response.writeHead(status, {
    'content-type': 'application/graphql-response+json; charset=utf-8',
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(!request.complete && { connection: 'close' }),
  })
  response.end(JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId } }] }))
}
