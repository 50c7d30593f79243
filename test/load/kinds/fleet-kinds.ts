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

interface NamesData {
  readonly clusters: { readonly nodes: readonly { readonly id: string; readonly name: string }[] }
}

interface FindingsData {
  readonly findings: {
    readonly nodes: readonly { readonly id: string; readonly volume: { readonly id: string } | null }[]
  }
}

interface PlacesData {
  readonly volumes: {
    readonly nodes: readonly { readonly backendId: string; readonly cluster: { readonly name: string } }[]
  }
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
    name: 'label-cluster',
    share: 1,
    async ask(context) {
      const id = oneOf(context.random, ...(await clustersIn(context, 'ACTIVE')))
      const labels = [{ key: 'site', value: oneOf(context.random, 'north', 'south') }]
      return id
        ? (await askOnce(context, 'updateCluster', { id, labels }, 'cluster { id } operation { id }'))
            .__typename
        : null
    },
  },
  {
    name: 'renew-credential',
    share: 1,
    async ask(context) {
      const { controlUrl, client, random, key } = context
      if (!controlUrl) return null
      const { clusters } = await client.read<NamesData>('{ clusters(first: 200) { nodes { id name } } }')
      const cluster = oneOf(random, ...clusters.nodes)
      if (!cluster) return null
      const url = `${controlUrl}/clusters/${encodeURIComponent(cluster.name)}/tokens`
      const response = await fetch(url, { method: 'POST', body: '{}' })
      const { tokens } = (await response.json()) as { tokens: readonly string[] }
      const input = { idempotencyKey: key, id: cluster.id, credential: { token: tokens[0] } }
      const selection = 'cluster { id } operation { id }'
      return (await client.mutate({ field: 'updateCluster', input, selection })).__typename
    },
  },
  {
    name: 'start-drain',
    share: 1,
    async ask(context) {
      const active = await clustersIn(context, 'ACTIVE')
      // One at a time, and some have to be left.
      if (active.length < 3 || (await clustersIn(context, 'DRAINING')).length > 0) return null
      const input = { clusterId: oneOf(context.random, ...active), force: context.random() < 0.7 }
      return (await askOnce(context, 'startDrain', input, 'operation { id }')).__typename
    },
  },
  {
    name: 'cancel-drain',
    share: 3,
    async ask(context) {
      const [clusterId] = await clustersIn(context, 'DRAINING')
      if (!clusterId) return null
      const mutation = { field: 'cancelDrain', input: { clusterId }, selection: 'cluster { id }' }
      const { __typename } = await context.client.mutate(mutation)
      // It was empty before anybody cancelled it; it is wanted again.
      if (__typename === 'InvalidStateError') await setAdminState(context, clusterId, 'ACTIVE')
      return __typename
    },
  },
  {
    name: 'lose-volume',
    share: 2,
    async ask(context) {
      const { controlUrl, client, random } = context
      if (!controlUrl) return null
      const { volumes } = await client.read<PlacesData>(
        '{ volumes(first: 50, where: { state: [AVAILABLE] }) { nodes { backendId cluster { name } } } }',
      )
      const place = oneOf(random, ...volumes.nodes)
      if (!place) return null
      const path = `/clusters/${encodeURIComponent(place.cluster.name)}/volumes/${place.backendId}`
      const response = await fetch(`${controlUrl}${path}`, { method: 'DELETE' })
      return response.ok ? 'lost' : 'gone already'
    },
  },
  { name: 'recreate', share: 2, ask: ofMissing('recreateVolume') },
  { name: 'forget', share: 1, ask: ofMissing('forgetVolume') },
  {
    name: 'adopt',
    share: 2,
    async ask(context) {
      const findings = (await openFindings(context, 'FOREIGN')).map((each) => each.id)
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
      const [found] = await openFindings(context, 'FOREIGN')
      if (!found) return null
      const { id } = found
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
      if (!id) return null
      return (await askOnce(context, 'refreshCluster', { id }, 'operation { id }')).__typename
    },
  },
]

async function clustersIn({ client }: LoadContext, adminState: string): Promise<readonly string[]> {
  const { clusters } = await client.read<ClustersData>('{ clusters(first: 200) { nodes { id adminState } } }')
  return clusters.nodes.filter((each) => each.adminState === adminState).map(({ id }) => id)
}

/** In another order for each request. */
async function openFindings(
  { client, random }: LoadContext,
  kind: 'FOREIGN' | 'MISSING',
): Promise<FindingsData['findings']['nodes']> {
  const { findings } = await client.read<FindingsData>(
    `{ findings(first: 100, where: { kind: [${kind}], state: [OPEN] }) { nodes { id volume { id } } } }`,
  )
  const start = Math.floor(random() * findings.nodes.length)
  return [...findings.nodes.slice(start), ...findings.nodes.slice(0, start)]
}

function ofMissing(field: 'recreateVolume' | 'forgetVolume'): LoadKind['ask'] {
  return async (context) => {
    const [found] = await openFindings(context, 'MISSING')
    const id = found?.volume?.id
    if (!id) return null
    const { __typename } = await askOnce(context, field, { id })
    if (field === 'forgetVolume' && __typename === 'ForgetVolumePayload') context.known.dropVolume(id)
    return __typename
  }
}

async function setAdminState({ client }: LoadContext, id: string, adminState: string): Promise<string> {
  const input = { id, adminState }
  return (await client.mutate({ field: 'updateCluster', input, selection: 'cluster { id }' })).__typename
}
