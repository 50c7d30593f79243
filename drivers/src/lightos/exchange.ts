import type { DriverReason } from '@flotilla/core/ports/cluster-driver'
import type { Dispatcher } from 'undici'
import { transportMessage, transportReason } from './transport-reason.ts'

type IncomingHeaders = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

export interface WireRequest {
  readonly origin: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface WireAnswer {
  readonly statusCode: number
  readonly retryAfter: string | null
  readonly body: Buffer
}

export interface ExchangeLimits {
  /** From the call to the last byte of the answer, connecting included; zero or less fails at once. */
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
  readonly signal: AbortSignal | undefined
}

/** No complete answer came. */
export class ExchangeFailure extends Error {
  readonly reason: DriverReason
  /** False only when it is certain that no byte of the request left this process. */
  readonly requestSent: boolean

  constructor(reason: DriverReason, requestSent: boolean, message: string) {
    super(message)
    this.name = 'ExchangeFailure'
    this.reason = reason
    this.requestSent = requestSent
  }
}

/** One HTTP request and its whole answer, whatever its status; no redirects. Throws ExchangeFailure. */
export function exchange(
  dispatcher: Dispatcher,
  request: WireRequest,
  limits: ExchangeLimits,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const { origin, method, path, headers, body } = request
    const handler = new AnswerCollector(limits, resolve, reject)
    if (!handler.settled) dispatcher.dispatch({ origin, method, path, headers, body }, handler)
  })
}

/** Gathers one answer and settles once: with it, or with the first failure. */
class AnswerCollector implements Dispatcher.DispatchHandler {
  settled = false
  #requestSent = false
  #controller: Dispatcher.DispatchController | undefined
  #statusCode = 0
  #retryAfter: string | null = null
  #size = 0
  readonly #chunks: Buffer[] = []
  readonly #limits: ExchangeLimits
  readonly #resolve: (answer: WireAnswer) => void
  readonly #reject: (failure: ExchangeFailure) => void
  readonly #timer: NodeJS.Timeout
  readonly #onAbort = () => this.#fail('CANCELLED', 'cancelled')

  constructor(
    limits: ExchangeLimits,
    resolve: (answer: WireAnswer) => void,
    reject: (failure: ExchangeFailure) => void,
  ) {
    this.#limits = limits
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(() => this.#fail('TIMEOUT', this.#timeoutMessage()), limits.timeoutMs)
    limits.signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (limits.signal?.aborted) this.#onAbort()
    if (limits.timeoutMs <= 0) this.#fail('TIMEOUT', 'no time was left')
  }

  /** Called when a connection is there and before the first byte is written to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) {
      controller.abort(new Error('no longer wanted'))
      return
    }
    this.#controller = controller
    this.#requestSent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHeaders) {
    this.#statusCode = statusCode
    const retryAfter = headers['retry-after']
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : null
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { maxAnswerBytes } = this.#limits
    this.#size += chunk.length
    if (this.#size <= maxAnswerBytes) this.#chunks.push(chunk)
    else this.#fail('ANSWER_TOO_LARGE', `the answer is larger than ${maxAnswerBytes} bytes`)
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#resolve({
      statusCode: this.#statusCode,
      retryAfter: this.#retryAfter,
      body: Buffer.concat(this.#chunks),
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(transportReason(error), transportMessage(error))
  }

  #timeoutMessage(): string {
    const { timeoutMs } = this.#limits
    return this.#requestSent
      ? `no complete answer within ${timeoutMs} ms`
      : `no connection within ${timeoutMs} ms`
  }

  #fail(reason: DriverReason, message: string): void {
    if (!this.#settle()) return
    const failure = new ExchangeFailure(reason, this.#requestSent, message)
    this.#reject(failure)
    this.#controller?.abort(failure)
  }

  /** True for the first caller only. */
  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    clearTimeout(this.#timer)
    this.#limits.signal?.removeEventListener('abort', this.#onAbort)
    return true
  }
}
