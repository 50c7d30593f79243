import { Pool } from 'undici'

export interface LoadOptions {
  readonly url: string
  readonly token: string
  readonly query: string
  readonly count: number
  readonly variables: (index: number) => Record<string, unknown>
  /** @throws when the answer is not the one that is wanted */
  readonly check: (answer: string) => void
}

export interface LoadResult {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
}

const CLIENTS = 64

/** As many clients as told, each on a connection of its own and sending its next request when the last is answered. */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.url, { connections: CLIENTS, pipelining: 1 })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${options.token}` }
  const latenciesMs: number[] = []
  let next = 0
  const client = async (): Promise<void> => {
    for (let index = next++; index < options.count; index = next++) {
      const body = JSON.stringify({ query: options.query, variables: options.variables(index) })
      const begunAt = performance.now()
      const answer = await pool.request({ path: '/graphql', method: 'POST', headers, body })
      const text = await answer.body.text()
      latenciesMs.push(performance.now() - begunAt)
      options.check(text)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const seconds = (performance.now() - startedAt) / 1000
  await pool.close()
  return { perSecond: options.count / seconds, latenciesMs }
}
