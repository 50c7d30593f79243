import { type ClusterTarget, DriverError } from '@flotilla/core/ports/cluster-driver'
import { Agent } from 'undici'
import { type ApiCall, type CallKind, withoutAnswer } from './api-call.ts'
import { ExchangeFailure, exchange, type WireAnswer, type WireRequest } from './exchange.ts'
import { readAnswer } from './read-answer.ts'
import { redact } from './redact.ts'
import { tlsConnector } from './tls-connector.ts'
import { type TokenSource, tokenSource } from './token-source.ts'

const CONNECTIONS_PER_ENDPOINT = 8
/** Outlasts most intervals between polls, which saves handshakes; a server that says less is heeded. */
const KEEP_ALIVE_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** How long an operation, of one call or of several, may take and what ends it early. */
export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly endsAtMs: number
  readonly signal: AbortSignal | undefined
}

/** Answer and where it came from. */
interface Reply {
  readonly answer: WireAnswer
  readonly where: string
}

/** Calls of the cluster's REST API over the endpoints that lead to it. Throws DriverError only. */
export class ApiClient {
  readonly #origins: readonly string[]
  readonly #requestTimeoutMs: number
  readonly #tokens: TokenSource
  readonly #agent: Agent
  /** The endpoint that answered last is asked first. */
  #preferred = 0

  constructor(target: ClusterTarget) {
    this.#origins = target.endpoints.map(originOf)
    if (this.#origins.length === 0) throw invalidTarget('no endpoint given')
    this.#requestTimeoutMs = target.requestTimeoutMs
    this.#tokens = tokenSource(target.credential)
    this.#agent = new Agent({
      connect: tlsConnector(target.tls, target.requestTimeoutMs),
      connections: CONNECTIONS_PER_ENDPOINT,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // With one request on a connection at a time, undici never sends one again after its connection broke.
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** The patience of an operation that begins now: the time of one request for each endpoint. */
  patience(signal: AbortSignal | undefined): Patience {
    return { endsAtMs: performance.now() + this.#requestTimeoutMs * this.#origins.length, signal }
  }

  /** One call, repeated once with another token when the first one was not accepted. */
  async call<Answer>(call: ApiCall<Answer>, patience: Patience): Promise<Answer> {
    const token = await this.#tokens.current()
    const { answer, where } = await this.#tryEndpoints(call, token, patience)
    const nextToken = answer.statusCode === 401 ? await this.#tokens.instead(token) : null
    if (nextToken === null) return readAnswer(call, answer, where, token)
    const second = await this.#tryEndpoints(call, nextToken, patience)
    return readAnswer(call, second.answer, second.where, nextToken)
  }

  /** Running calls fail as CANCELLED; so do later ones. */
  close(): Promise<void> {
    return this.#agent.destroy()
  }

  /** Goes on to the next endpoint only when that is safe: nothing was sent, or the call changes nothing. */
  async #tryEndpoints(call: ApiCall<unknown>, token: string, patience: Patience): Promise<Reply> {
    const failures: DriverError[] = []
    const first = this.#preferred
    for (let turn = 0; turn < this.#origins.length; turn++) {
      const index = (first + turn) % this.#origins.length
      const origin = this.#origins[index] ?? ''
      const where = `${call.method} ${call.path.replace(/\?.*/, '')} at ${new URL(origin).host}`
      try {
        const answer = await this.#exchange(origin, call, token, patience)
        this.#preferred = index
        return { answer, where }
      } catch (error) {
        if (!(error instanceof ExchangeFailure)) throw error
        failures.push(lostAnswer(error, call.kind, where, token))
        if (isFinal(error, call.kind)) break
      }
    }
    throw combined(failures)
  }

  #exchange(origin: string, call: ApiCall<unknown>, token: string, patience: Patience): Promise<WireAnswer> {
    const request: WireRequest = {
      origin,
      method: call.method,
      path: `/api/v2${call.path}`,
      headers: headersOf(call, token),
      body: call.body === undefined ? null : JSON.stringify(call.body),
    }
    const leftMs = Math.ceil(patience.endsAtMs - performance.now())
    return exchange(this.#agent, request, {
      timeoutMs: Math.min(this.#requestTimeoutMs, leftMs),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      signal: patience.signal,
    })
  }
}

function headersOf({ body, ifMatch }: ApiCall<unknown>, token: string): Record<string, string> {
  return {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ifMatch ? { 'if-match': ifMatch } : {}),
  }
}

/** Whether another endpoint must not, or need not, be tried. */
function isFinal({ reason, requestSent }: ExchangeFailure, kind: CallKind): boolean {
  return reason === 'CANCELLED' || reason === 'ANSWER_TOO_LARGE' || (requestSent && kind !== 'READ')
}

function lostAnswer(failure: ExchangeFailure, kind: CallKind, where: string, token: string): DriverError {
  const outcome = failure.requestSent ? withoutAnswer(kind) : 'UNAVAILABLE'
  return new DriverError(outcome, failure.reason, redact(`${where}: ${failure.message}`, token))
}

/** The last failure stands for all; its message names every endpoint that was tried. */
function combined(failures: readonly DriverError[]): DriverError {
  const last = failures.at(-1)
  if (!last) throw new Error('at least one endpoint is tried')
  return new DriverError(last.outcome, last.reason, failures.map(({ message }) => message).join('; '))
}

function originOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  const plain = url && url.username === '' && url.pathname === '/' && url.search === '' && url.hash === ''
  if (url?.protocol === 'https:' && plain) return url.origin
  throw invalidTarget('endpoint is not of the form https://host:port')
}

function invalidTarget(message: string): DriverError {
  return new DriverError('REFUSED', 'INVALID_ARGUMENT', `${message}; nothing was sent`)
}
