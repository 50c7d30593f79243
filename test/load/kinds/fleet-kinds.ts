import { askOnce, type LoadContext, type LoadKind, oneOf } from '../load-kind.ts'

const GIB = 1n << 30n
const IGNORED_FOR_MS = 600_000
const MOST_ADOPTED = 3

interface ClustersData {
  readonly clusters: {
    readonly nodes: readonly {
      readonly id: string
      readonly adminState: string
      readonly detachedAt?: string
    }[]
  }
}

interface FindingsData {
  readonly findings: { readonly nodes: readonly { readonly id: string }[] }
}

/** What operators do. */
export const FLEET_KINDS: readonly LoadKind[] = [
  {
    name: 'cordon',
    share: 1,
    async ask(context) {
      const active = await clustersIn(context, 'ACTIVE')
      // Some have to be left, or everything is refused.
      if (active.length < 3) return null
      return setAdminState(context, oneOf(context.random, ...active), 'CORDONED')
    },
  },
  {
    name: 'uncordon',
    share: 2,
    async ask(context) {
      const [cordoned] = await clustersIn(context, 'CORDONED')
      return cordoned ? setAdminState(context, cordoned, 'ACTIVE') : null
    },
  },
  {
    name: 'adopt',
    share: 2,
    async ask(context) {
      const findings = await openFindings(context)
      if (findings.length === 0) return null
      const count = 1 + Math.floor(context.random() * MOST_ADOPTED)
      const items = findings.slice(0, count).map((findingId) => ({ findingId }))
      const { __typename, results = [] } = await askOnce(
        context,
        'adoptVolumes',
        { items },
        'operation { id } results { volume { id sizeBytes } }',
      )
      for (const { volume } of results) {
        if (volume) context.known.addVolume(volume.id, BigInt(volume.sizeBytes) / GIB)
      }
      return __typename
    },
  },
  {
    name: 'ignore-finding',
    share: 1,
    async ask(context) {
      const [id] = await openFindings(context)
      if (!id) return null
      const until = new Date(Date.now() + IGNORED_FOR_MS).toISOString()
      const input = { id, until, reason: 'load' }
      return (await askOnce(context, 'ignoreFinding', input, 'operation { id }')).__typename
    },
  },
  {
    name: 'refresh',
    share: 1,
    async ask(context) {
      const id = oneOf(context.random, ...(await clustersIn(context, 'ACTIVE')))
      const selection = 'cluster { id }'
      return id
        ? (await context.client.mutate({ field: 'refreshCluster', input: { id }, selection })).__typename
        : null
    },
  },
]

async function clustersIn({ client }: LoadContext, adminState: string): Promise<readonly string[]> {
  const { clusters } = await client.read<ClustersData>('{ clusters(first: 200) { nodes { id adminState } } }')
  return clusters.nodes.filter((each) => each.adminState === adminState).map(({ id }) => id)
}

/** In another order for each request. */
async function openFindings({ client, random }: LoadContext): Promise<readonly string[]> {
  const { findings } = await client.read<FindingsData>(
    '{ findings(first: 100, where: { kind: [FOREIGN], state: [OPEN] }) { nodes { id } } }',
  )
  const start = Math.floor(random() * findings.nodes.length)
  return [...findings.nodes.slice(start), ...findings.nodes.slice(0, start)].map(({ id }) => id)
}

async function setAdminState({ client }: LoadContext, id: string, adminState: string): Promise<string> {
  const input = { id, adminState }
  return (await client.mutate({ field: 'updateCluster', input, selection: 'cluster { id }' })).__typename
}
