/** A client of the public API, as a script would write it. */
export class ApiClient {
  readonly url: string
  readonly token: string
  readonly #keep: ((answer: string) => void) | undefined

  /** @param keep is given every answer, as it came */
  constructor(url: string, token: string, keep?: (answer: string) => void) {
    this.url = url
    this.token = token
    this.#keep = keep
  }

  /** Answers the whole GraphQL response, errors included. Throws only when there is none. */
  async send<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<GraphQLAnswer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    })
    const answer = await response.text()
    this.#keep?.(answer)
    return JSON.parse(answer) as GraphQLAnswer<Data>
  }

  /** Answers the data of a request that has no top-level errors. */
  async ask<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Data> {
    const { data, errors } = await this.send<Data>(query, variables)
    if (errors || !data) throw new Error(JSON.stringify(errors))
    return data
  }

  /** Sends the same request until it is answered: a caller with an idempotency key may, whatever was killed meanwhile. */
  async insist<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown>,
    timeoutMs = 120_000,
  ): Promise<Data> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      try {
        return await this.ask<Data>(query, variables)
      } catch (error) {
        if (performance.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 100 + 200 * Math.random()))
      }
    }
  }
}

export interface GraphQLAnswer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly {
    readonly message: string
    readonly path?: readonly string[]
    readonly extensions?: Record<string, unknown>
  }[]
}
