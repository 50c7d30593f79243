import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { SimulatedCluster } from '../simulated-cluster.ts'

export interface ApiAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The parsed body, in the shape that the test expects; throws when it is not JSON. */
  json<T>(): T
}

export interface CallOptions {
  readonly body?: unknown
  /** In place of the cluster's ready token; empty sends none. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Talks to a simulated cluster over HTTPS, trusting exactly its certificate. */
export class ApiClient {
  readonly #cluster: SimulatedCluster
  readonly #agent: Agent

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster
    this.#agent = new Agent({ ca: cluster.certificatePem })
  }

  /** Sends one request on a connection of its own; rejects when the connection is cut. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer> {
    const { body, token = this.#cluster.token, headers } = options
    const outgoing = request(`${this.#cluster.endpoint}${path}`, {
      method,
      agent: this.#agent,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    })
    outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
    const [incoming] = await once(outgoing, 'response')
    const answer = await text(incoming)
    return {
      status: incoming.statusCode,
      headers: incoming.headers,
      text: answer,
      json: () => JSON.parse(answer),
    }
  }

  /** Repeats a GET until `isDone` accepts the answer. */
  async until(path: string, isDone: (answer: ApiAnswer) => boolean): Promise<ApiAnswer> {
    for (;;) {
      const answer = await this.call('GET', path)
      if (isDone(answer)) return answer
    }
  }
}
