import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authenticator } from '@flotilla/core/ports/authenticator'
import type { EventLog } from '@flotilla/core/ports/event-log'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { FleetMoves } from '@flotilla/core/ports/fleet-moves'
import type { FleetReader } from '@flotilla/core/ports/fleet-reader'
import type { PlacementTrials } from '@flotilla/core/ports/placement-trials'
import type { PolicyReader } from '@flotilla/core/ports/policy-store'
import { createLoaders } from '@flotilla/schema/loaders'
import type { Logger } from 'pino'
import { startEventHub } from './events/event-hub.ts'
import { createGraphqlServer } from './graphql/create-yoga.ts'
import { closeAfterAnswers } from './http/close-after-answers.ts'
import { closeStalledSockets } from './http/close-stalled-sockets.ts'
import { createRequestHandler } from './http/handle-request.ts'
import { serveWebFiles } from './http/web-files.ts'
import { createPause } from './trials/create-pause.ts'
import { serveWebSocket } from './websocket/serve-web-socket.ts'

/** What the server works on; it knows these ports only. */
export interface ServerDependencies {
  readonly reader: FleetReader
  readonly commands: FleetCommands
  readonly eventLog: EventLog
  readonly authenticator: Authenticator
  readonly policies: PolicyReader
  readonly trials: PlacementTrials
  readonly moves: FleetMoves
  readonly log: Logger
  /** Why the server cannot do its work now (the database is away), or `null`. Never asks a cluster. */
  readonly findProblem: () => Promise<string | null>
}

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Folder of the built web application; it may be absent. */
  readonly webFolder: string
  /** Origins besides our own that may open WebSockets, as `https://host:port`. */
  readonly allowedOrigins?: readonly string[]
  readonly heartbeatMs?: number
  /** Events that may wait for one subscriber before it has to start over. */
  readonly subscriberQueueLimit?: number
  /** After how long a connection that takes nothing of what waits for it is closed. */
  readonly stalledMs?: number
  /** How often the token of a long-lived connection is asked for again. */
  readonly recheckMs?: number
  /** How long open requests may go on after `close`. */
  readonly drainMs?: number
}

export interface RunningServer {
  readonly url: string
  /** Accepts nothing new, ends subscriptions, lets requests finish within the drain time. Idempotent. */
  close(): Promise<void>
}

/** Longer than callers keep an idle connection: whoever closes first may lose a request that is just being sent. */
const KEEP_ALIVE_MS = 65_000

const DEFAULTS = {
  allowedOrigins: [],
  heartbeatMs: 10_000,
  subscriberQueueLimit: 1_000,
  stalledMs: 30_000,
  recheckMs: 30_000,
  drainMs: 10_000,
}

export async function startServer(
  dependencies: ServerDependencies,
  serverOptions: ServerOptions,
): Promise<RunningServer> {
  const options = { ...DEFAULTS, ...serverOptions }
  const { reader, commands, authenticator, policies, trials, moves, log } = dependencies
  let isClosing = false

  const hub = await startEventHub(dependencies.eventLog, {
    queueLimit: options.subscriberQueueLimit,
    heartbeatMs: options.heartbeatMs,
    onError: (error) => log.error({ err: error }, 'the event log could not be read'),
  })
  const graphql = createGraphqlServer(
    ({ viewer, trace }) => ({
      viewer,
      requestId: trace.requestId,
      reader,
      commands,
      events: hub,
      policies,
      trials,
      moves,
      now: () => new Date(),
      pause: createPause(),
      loaders: createLoaders(reader, policies),
    }),
    log,
  )
  const api = { graphql, authenticator, log, recheckMs: options.recheckMs }
  const webFiles = serveWebFiles(options.webFolder)
  const server = createServer(
    createRequestHandler({
      ...api,
      findProblem: async () => (isClosing ? 'the server is stopping' : dependencies.findProblem()),
      serveWebFiles: webFiles.handle,
    }),
  )
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const closeConnectionsWithAnswers = closeAfterAnswers(server)
  const endStallWatch = closeStalledSockets(server, options.stalledMs)
  const endWebSockets = serveWebSocket(server, {
    ...api,
    allowedOrigins: options.allowedOrigins,
    keepAliveMs: options.heartbeatMs,
  })
  await listen(server, options)

  async function close(): Promise<void> {
    isClosing = true
    closeConnectionsWithAnswers()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    // Their clients come back by themselves after "going away", but not after the end of a stream: so sockets first.
    await endWebSockets()
    await hub.close()
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), options.drainMs)
    await closed
    clearTimeout(timer)
    endStallWatch()
    webFiles.close()
  }

  let closing: Promise<void> | null = null
  return {
    url: urlOf(server),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** A burst of callers is to be told OVERLOADED, not cut off while they connect: the default of 511 is soon full. */
const CONNECTIONS_WAITING = 4_096

function listen(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: CONNECTIONS_WAITING }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
