import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { HomeFolder } from './home-folder.ts'

/** What the simulator writes about its clusters; the parts used here. */
const fleetFileSchema = z.object({
  clusters: z.array(
    z.object({
      name: z.string(),
      endpoint: z.url(),
      fingerprintSha256: z.string(),
      token: z.string(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
})

type DemoCluster = z.infer<typeof fleetFileSchema>['clusters'][number]

interface RegisterOptions {
  /** Of the server, which is ready. */
  url: string
  /** Of an administrator; an empty one is refused like any wrong one. */
  token: string
  home: HomeFolder
  log: (line: string) => void
  signal: AbortSignal
}

/**
 * Makes the simulated clusters members of the fleet through the public API, as anyone would. Idempotent: those that
 * are members already are left alone, unless they have moved to another address. Throws when the API refuses.
 */
export async function registerDemoFleet({ url, token, home, log, signal }: RegisterOptions): Promise<void> {
  const { clusters } = fleetFileSchema.parse(JSON.parse(readFileSync(home.demoFleetFile, 'utf8')))
  const api = new Api(new URL('/graphql', url), token, signal)
  const members = new Map((await api.clusters()).map((member) => [member.name, member]))
  const changes = clusters.flatMap((cluster) => {
    const member = members.get(cluster.name)
    if (member === undefined) return [api.register(cluster)]
    return member.endpoints.includes(cluster.endpoint) ? [] : [api.move(member.id, cluster)]
  })
  await Promise.all(changes)
  log(`the simulated fleet of ${clusters.length} clusters is registered (${changes.length} of them just now)`)
}

const clustersSchema = z.object({
  clusters: z.object({
    nodes: z.array(z.object({ id: z.string(), name: z.string(), endpoints: z.array(z.string()) })),
  }),
})

const answerSchema = z.object({ data: z.unknown().optional(), errors: z.unknown().optional() })

const mutationSchema = z.object({
  result: z.object({ __typename: z.string(), message: z.string().optional() }),
})

/** The few requests that registering takes. */
class Api {
  readonly #url: URL
  readonly #token: string
  readonly #signal: AbortSignal

  constructor(url: URL, token: string, signal: AbortSignal) {
    this.#url = url
    this.#token = token
    this.#signal = signal
  }

  async clusters() {
    const data = await this.#ask('query { clusters(first: 200) { nodes { id name endpoints } } }', {})
    return clustersSchema.parse(data).clusters.nodes
  }

  register(cluster: DemoCluster): Promise<void> {
    const labels = Object.entries(cluster.labels).map(([key, value]) => ({ key, value }))
    const input = { idempotencyKey: randomUUID(), name: cluster.name, labels, ...access(cluster) }
    return this.#change('registerCluster', 'RegisterClusterInput', input)
  }

  move(id: string, cluster: DemoCluster): Promise<void> {
    return this.#change('updateCluster', 'UpdateClusterInput', { id, ...access(cluster) })
  }

  async #change(mutation: string, inputType: string, input: object): Promise<void> {
    const query = `mutation ($input: ${inputType}!) {
      result: ${mutation}(input: $input) { __typename ... on Error { message } }
    }`
    const { result } = mutationSchema.parse(await this.#ask(query, { input }))
    if (result.message !== undefined) throw new Error(`${mutation}: ${result.__typename}: ${result.message}`)
  }

  async #ask(query: string, variables: object): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
      body: JSON.stringify({ query, variables }),
      signal: this.#signal,
    })
    const { data, errors } = answerSchema.parse(await response.json())
    if (errors !== undefined) throw new Error(`the API refused: ${JSON.stringify(errors)}`)
    return data
  }
}

function access({ endpoint, fingerprintSha256, token }: DemoCluster) {
  return {
    endpoints: [endpoint],
    tls: { mode: 'PINNED', certificateSha256: fingerprintSha256 },
    credential: { token },
  }
}
