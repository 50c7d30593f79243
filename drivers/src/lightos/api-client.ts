import { type ClusterTarget, DriverError } from '@flotilla/core/ports/cluster-driver'
import { Agent } from 'undici'
import { type ApiCall, type CallKind, withoutAnswer } from './api-call.ts'
import { ExchangeFailure, exchange, type WireAnswer, type WireRequest } from './exchange.ts'
import { identityCall } from './identity-call.ts'
import { IdentityGuard } from './identity-guard.ts'
import { type Patience, waitFor } from './patience.ts'
import { readAnswer } from './read-answer.ts'
import { redact } from './redact.ts'
import { tlsConnector } from './tls-connector.ts'
import { type TokenSource, tokenSource } from './token-source.ts'

const CONNECTIONS_PER_ENDPOINT = 8
/** A machine that is there accepts far sooner; the rest of a request's time is left for other endpoints. */
const CONNECT_TIMEOUT_MS = 2_000
/** Outlasts most intervals between polls, which saves handshakes; a server that says less is heeded. */
const KEEP_ALIVE_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

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
  readonly #guard: IdentityGuard | null
  /** Asked first: the endpoint that answered last, or the one after it when it has failed since. */
  #preferred = 0
  #acceptedKeyId: string | null = null

  constructor(target: ClusterTarget) {
    this.#origins = target.endpoints.map(originOf)
    if (this.#origins.length === 0) throw invalidTarget('no endpoint given')
    this.#requestTimeoutMs = target.requestTimeoutMs
    this.#tokens = tokenSource(target.credential)
    this.#agent = new Agent({
      connect: tlsConnector(target.tls, Math.min(CONNECT_TIMEOUT_MS, target.requestTimeoutMs)),
      connections: CONNECTIONS_PER_ENDPOINT,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // With one request on a connection at a time, undici never sends one again after its connection broke.
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    this.#guard =
      target.expectedBackendId === null
        ? null
        : new IdentityGuard(target.expectedBackendId, (origin) => this.#askIdentity(origin))
    this.#agent.on('disconnect', ({ origin }) => this.#guard?.forget(origin))
  }

  /** The patience of an operation that begins now: the time of one request for each endpoint. */
  patience(signal: AbortSignal | undefined): Patience {
    return { endsAtMs: performance.now() + this.#requestTimeoutMs * this.#origins.length, signal }
  }

  /** One call at the first endpoint that takes it. */
  call<Answer>(call: ApiCall<Answer>, patience: Patience): Promise<Answer> {
    return this.#withToken(call, (token) => this.#tryEndpoints(call, token, patience))
  }

  /** See `ClusterSession.acceptedKeyId`. */
  get acceptedKeyId(): string | null {
    return this.#acceptedKeyId
  }

  /** Running calls fail as CANCELLED; so do later ones. */
  close(): Promise<void> {
    return this.#agent.destroy()
  }

  /** One call, repeated once with another token when the first one was not accepted. */
  async #withToken<Answer>(call: ApiCall<Answer>, send: (token: string) => Promise<Reply>): Promise<Answer> {
    const token = await this.#tokens.current()
    const { answer, where } = await send(token)
    const nextToken = answer.statusCode === 401 ? await this.#tokens.instead(token) : null
    if (nextToken === null) return this.#read(call, answer, where, token)
    const second = await send(nextToken)
    return this.#read(call, second.answer, second.where, nextToken)
  }

  async #read<Answer>(
    call: ApiCall<Answer>,
    answer: WireAnswer,
    where: string,
    token: string,
  ): Promise<Answer> {
    const isAccepted = answer.statusCode >= 200 && answer.statusCode < 300
    if (isAccepted) this.#acceptedKeyId = (await this.#tokens.keyIdOf(token)) ?? this.#acceptedKeyId
    return readAnswer(call, answer, where, token)
  }

  /** Goes on to the next endpoint only when that is safe: nothing was sent, or the call changes nothing. */
  async #tryEndpoints(call: ApiCall<unknown>, token: string, patience: Patience): Promise<Reply> {
    const failures: DriverError[] = []
    const first = this.#preferred
    for (let turn = 0; turn < this.#origins.length; turn++) {
      const index = (first + turn) % this.#origins.length
      try {
        const reply = await this.#try(this.#origins[index] ?? '', call, token, patience)
        this.#preferred = isSick(call, reply) ? (index + 1) % this.#origins.length : index
        return reply
      } catch (error) {
        if (!(error instanceof DriverError)) throw error
        failures.push(error)
        if (isFinal(error)) break
        if (this.#preferred === index) this.#preferred = (index + 1) % this.#origins.length
      }
    }
    throw combined(failures)
  }

  /** Any answer at one endpoint. Throws DriverError when it is not the place to ask, or gave none. */
  async #try(origin: string, call: ApiCall<unknown>, token: string, patience: Patience): Promise<Reply> {
    const where = `${call.method} ${call.path.replace(/\?.*/, '')} at ${new URL(origin).host}`
    try {
      const guard = call.anyCluster ? null : this.#guard
      if (guard) await waitFor(() => guard.admit(origin), patience)
      return { answer: await this.#exchange(origin, call, token, patience), where }
    } catch (error) {
      throw error instanceof ExchangeFailure ? lostAnswer(error, call.kind, where, token) : error
    }
  }

  /** For all who wait for it, so with a patience of its own. */
  async #askIdentity(origin: string): Promise<string> {
    const patience = { endsAtMs: performance.now() + this.#requestTimeoutMs, signal: undefined }
    const ask = (token: string) => this.#try(origin, identityCall, token, patience)
    return (await this.#withToken(identityCall, ask)).backendId
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

/**
 * Whether the next look is to begin elsewhere: a node may fail by itself and answer all the same. This one is not repeated at once, or a cluster
 * that is sick as a whole would be asked once more for each endpoint. A change stays where looks were answered.
 */
function isSick({ kind }: ApiCall<unknown>, { answer }: Reply): boolean {
  return kind === 'READ' && answer.statusCode >= 500
}

/** Whether another endpoint must not, or need not, be tried. */
function isFinal({ outcome, reason }: DriverError): boolean {
  return outcome === 'UNKNOWN' || reason === 'CANCELLED' || reason === 'ANSWER_TOO_LARGE'
}

function lostAnswer(failure: ExchangeFailure, kind: CallKind, where: string, token: string): DriverError {
  const outcome = failure.requestSent ? withoutAnswer(kind) : 'UNAVAILABLE'
  return new DriverError(outcome, failure.reason, redact(`${where}: ${failure.message}`, token))
}

/**
 * The last failure stands for all, unless an endpoint leads to another cluster and nothing was asked of any: that is not
 * to look like a cluster that is merely away. The message names every endpoint that was tried.
 */
function combined(failures: readonly DriverError[]): DriverError {
  const last = failures.at(-1)
  if (!last) throw new Error('at least one endpoint is tried')
  const wrong = failures.find(({ reason }) => reason === 'WRONG_CLUSTER')
  const { outcome, reason, retryAfterMs } = wrong && !isFinal(last) ? wrong : last
  return new DriverError(outcome, reason, failures.map(({ message }) => message).join('; '), {
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
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
