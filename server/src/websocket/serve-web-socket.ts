import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authenticator } from '@flotilla/core/ports/authenticator'
import { type Extra, useServer } from 'graphql-ws/use/ws'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import { GRAPHQL_PATH, type GraphqlServer, MAX_BODY_BYTES } from '../graphql/create-yoga.ts'
import { bearerToken } from '../identity/bearer-token.ts'
import { watchToken } from '../identity/watch-token.ts'
import { isAllowedOrigin } from './is-allowed-origin.ts'
import { type ConnectionParams, operationHooks, type Session } from './operation-hooks.ts'

export interface WebSocketOptions {
  readonly graphql: GraphqlServer
  readonly authenticator: Authenticator
  readonly log: Logger
  /** Origins besides our own, as `https://host:port`. */
  readonly allowedOrigins: readonly string[]
  /** How often a token is asked for again while its connection lives. */
  readonly recheckMs: number
  readonly keepAliveMs: number
}

/** Close codes: of the graphql-transport-ws protocol, which clients take as final; of WebSockets, as a call to come again. */
const FORBIDDEN = 4403
const TRY_AGAIN_LATER = 1013
const INIT_TIMEOUT_MS = 10_000

/**
 * Takes WebSocket upgrades on the API's path (protocol graphql-transport-ws). The token comes in the connection's
 * parameters, `{authorization: 'Bearer flo_...'}`; without a good one the connection is closed, also when it stops
 * being good.
 *
 * @returns ends all connections politely
 */
export function serveWebSocket(server: Server, options: WebSocketOptions): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (request.url?.split('?')[0] !== GRAPHQL_PATH) return turnAway(socket, '404 Not Found')
    if (!isAllowedOrigin(request, options.allowedOrigins)) return turnAway(socket, '403 Forbidden')
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      sockets.emit('connection', webSocket, request),
    )
  })
  const protocol = useServer<ConnectionParams, Session>(
    {
      ...operationHooks(options.graphql, options.log),
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      // Faults are ours to tell about, not the library's.
      isProd: true,
      onConnect: ({ connectionParams, extra }) => admit(connectionParams?.authorization, extra, options),
      onClose: ({ extra }) => extra.endWatch?.(),
    },
    sockets,
    options.keepAliveMs,
  )
  return async () => protocol.dispose()
}

/** Whether the connection may go on; then its session is there. */
async function admit(
  authorization: unknown,
  extra: Extra & Partial<Session>,
  { authenticator, recheckMs, log }: WebSocketOptions,
): Promise<boolean> {
  const { socket } = extra
  const token = bearerToken(authorization)
  if (!token) return false
  try {
    const viewer = await authenticator.authenticate(token)
    if (!viewer || !isOpen(socket)) return false
    const endWatch = watchToken(authenticator, token, recheckMs, () => socket.close(FORBIDDEN, 'Forbidden'))
    Object.assign(extra, { viewer, traces: new Map(), endWatch } satisfies Session)
    return true
  } catch (error) {
    log.error({ err: error }, 'a token could not be checked')
    socket.close(TRY_AGAIN_LATER, 'Try again later')
    return false
  }
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
