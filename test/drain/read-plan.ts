import type { ApiClient } from '../testkit/api-client.ts'

export interface PlannedStep {
  readonly kind: string
  readonly summary: string
  readonly commands: readonly string[]
  readonly until: string | null
}

export interface PlannedMove {
  readonly number: number
  readonly volume: {
    readonly volumeId: string
    readonly project: string
    readonly name: string
    readonly sizeBytes: string
    readonly method: string
    readonly methodReason: string
    readonly blocks: readonly { readonly explanation: string; readonly remedy: string }[]
  }
  readonly target: { readonly clusterName: string } | null
  readonly reasons: readonly {
    readonly clusterCount: number
    readonly rejection: { readonly explanation: string }
  }[]
  readonly steps: readonly PlannedStep[]
}

/** All pages of a plan. */
export interface Plan {
  readonly clusterId: string
  readonly clusterName: string
  /** Of its first page. */
  readonly seenAt: string
  readonly isPartial: boolean
  readonly moves: readonly PlannedMove[]
}

interface PageAnswer {
  readonly message?: string
  readonly seenAt: string
  readonly isPartial: boolean
  readonly moves: {
    readonly nodes: readonly PlannedMove[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

const PAGE_SIZE = 100

const FIND = `query ($name: String!) { clusters(where: {name: {eq: $name}}, first: 1) { nodes { id name } } }`
const READ = `query ($id: ID!) { cluster(id: $id) { id name } }`

const PAGE = `query ($id: ID!, $after: String) { drainPlan(clusterId: $id, first: ${PAGE_SIZE}, after: $after) {
  ... on Error { message }
  ... on DrainPlanPayload { seenAt isPartial moves { pageInfo { hasNextPage endCursor } nodes {
    number target { clusterName } reasons { clusterCount rejection { explanation } }
    volume { volumeId project name sizeBytes method methodReason blocks { explanation remedy } }
    steps { kind summary commands until } } } } } }`

/**
 * @param cluster its name or id
 * @throws Error when there is none, or Flotilla refuses
 */
export async function readPlan(api: ApiClient, cluster: string): Promise<Plan> {
  const found = await findCluster(api, cluster)
  const moves: PlannedMove[] = []
  let first: PageAnswer | null = null
  for (let after: string | null = null; ; ) {
    const { drainPlan: page }: { drainPlan: PageAnswer } = await api.ask(PAGE, { id: found.id, after })
    if (page.message !== undefined) throw new Error(`cluster ${cluster}: ${page.message}`)
    first ??= page
    moves.push(...page.moves.nodes)
    after = page.moves.pageInfo.endCursor
    if (!page.moves.pageInfo.hasNextPage) break
  }
  const { seenAt, isPartial } = first
  return { clusterId: found.id, clusterName: found.name, seenAt, isPartial, moves }
}

async function findCluster(
  api: ApiClient,
  cluster: string,
): Promise<{ readonly id: string; readonly name: string }> {
  const { clusters } = await api.ask<{ clusters: { nodes: readonly { id: string; name: string }[] } }>(FIND, {
    name: cluster,
  })
  if (clusters.nodes[0]) return clusters.nodes[0]
  if (cluster.startsWith('cls_')) {
    const { cluster: found } = await api.ask<{ cluster: { id: string; name: string } | null }>(READ, {
      id: cluster,
    })
    if (found) return found
  }
  throw new Error(`there is no cluster "${cluster}"; allowed: the name or the id of one`)
}
