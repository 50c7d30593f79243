import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterState } from '../cluster/cluster-state.ts'
import type { FaultInjector } from '../faults/fault-injector.ts'
import type { FaultRule } from '../faults/fault-rule.ts'
import { answerCall } from './answer-call.ts'
import { matchRoute } from './api-router.ts'
import { type Answer, plainAnswer, statusAnswer } from './error-answer.ts'
import { sendAnswer } from './send-answer.ts'

/** Longer than the pauses between polls, so that a pooled connection is not cut just when it is used again. */
const KEEP_ALIVE_MS = 75_000

/** `silent`: connections are accepted and nothing is ever answered. `refused`: nothing listens. */
export type Connectivity = 'open' | 'silent' | 'refused'

export interface TlsIdentity {
  readonly certificatePem: string
  readonly privateKeyPem: string
}

/** The HTTPS front of one cluster on a loopback port. */
export class ClusterServer {
  readonly #cluster: () => ClusterState
  readonly #faults: FaultInjector
  readonly #server: Server
  /** Those that are still shaking hands, too, which the server does not count among its connections. */
  readonly #sockets = new Set<Socket>()
  #port = 0
  #connectivity: Connectivity = 'open'

  /** `cluster` is asked for at each request, because the port must be known before the cluster is made. */
  constructor(tls: TlsIdentity, faults: FaultInjector, cluster: () => ClusterState) {
    this.#cluster = cluster
    this.#faults = faults
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response).catch((error) => {
        // A caller that hangs up early is no fault of ours; anything else is a bug worth seeing.
        if (!request.destroyed) console.error(error)
        response.destroy()
      })
    }
    this.#server = createServer({ cert: tls.certificatePem, key: tls.privateKeyPem }, onRequest)
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    // Cinder's driver sends an empty Expect header, which Node would answer with 417 by itself.
    this.#server.on('checkExpectation', onRequest)
  }

  /** The port it listens on, or will listen on again. */
  get port(): number {
    return this.#port
  }

  get connectivity(): Connectivity {
    return this.#connectivity
  }

  /** Listens on loopback; port 0 takes any free one. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Cuts the cluster off or brings it back, on the same port. Connections made before are cut. */
  async setConnectivity(connectivity: Connectivity): Promise<void> {
    const wasListening = this.#connectivity !== 'refused'
    this.#connectivity = connectivity
    this.#cutConnections()
    if (connectivity === 'refused' && wasListening) await this.#stopListening()
    if (connectivity !== 'refused' && !wasListening) await this.listen(this.#port)
  }

  /** Another certificate for connections from now on; those that are open are cut. */
  changeCertificate(tls: TlsIdentity): void {
    this.#server.setSecureContext({ cert: tls.certificatePem, key: tls.privateKeyPem })
    this.#cutConnections()
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.#stopListening()
  }

  #cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #stopListening(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#cutConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#connectivity === 'silent') return
    const match = matchRoute(request.method ?? '', request.url ?? '')
    if (match === 'notFound') return sendAnswer(response, plainAnswer(404, 'Not Found'), [])
    if (match === 'wrongMethod') return sendAnswer(response, plainAnswer(405, 'Method Not Allowed'), [])

    const faults = this.#faults.draw(match.route.operation, match.pathFields.UUID)
    const { cleared } = this.#faults
    const latencyMs = this.#latencyOf(faults)
    if (latencyMs > 0) await sleep(latencyMs)
    const instead = faultInsteadOfWork(faults)
    if (instead === 'hang') return
    if (instead === 'dropped') return void request.socket.destroy()
    if (instead) return sendAnswer(response, instead, faults)

    const bodyText = await text(request)
    const { authorization, 'if-match': ifMatch } = request.headers
    const isHeldBack = faults.some(({ kind }) => kind === 'holdBack')
    if (isHeldBack) {
      request.socket.destroy()
      await cleared
    }
    const answer = await answerCall(this.#cluster(), { match, authorization, ifMatch, bodyText })
    if (!isHeldBack) await sendAnswer(response, answer, faults)
  }

  #latencyOf(faults: readonly FaultRule[]): number {
    const latencies = faults.filter((fault) => fault.kind === 'latency')
    return latencies.reduce((sum, { delayMs, jitterMs }) => sum + delayMs + this.#faults.jitter(jitterMs), 0)
  }
}

/** The first fault that keeps the request from being worked on. */
function faultInsteadOfWork(faults: readonly FaultRule[]): Answer | 'hang' | 'dropped' | undefined {
  for (const fault of faults) {
    if (fault.kind === 'hang') return 'hang'
    if (fault.kind === 'dropRequest') return 'dropped'
    if (fault.kind === 'error') {
      const answer = statusAnswer(fault.status, fault.message)
      if (fault.retryAfterSeconds === undefined) return answer
      return { ...answer, headers: { 'retry-after': String(fault.retryAfterSeconds) } }
    }
  }
  return undefined
}
