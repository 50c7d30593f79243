import type { ResultOf } from 'gql.tada'
import { expect, test } from 'vitest'
import { apiCluster } from '../../test/api-cluster.ts'
import { apiFleet } from '../../test/api-fleet.ts'
import { startClient } from '../../test/start-client.ts'
import { graphql } from './graphql.ts'

const NamesDocument = graphql(`
  query Names {
    clusters(first: 200) {
      nodes { id name adminState }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
const VolumeDocument = graphql('query Volume($id: ID!) { volume(id: $id) { id state } }')
const OperationDocument = graphql('query Operation($id: ID!) { operation(id: $id) { id state } }')
type Names = ResultOf<typeof NamesDocument>

test('a changed cluster changes wherever it is shown', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({
    __typename: 'ClusterChanged',
    cursor: '1',
    cluster: apiCluster('b', 'CORDONED'),
    fleet: apiFleet,
  })
  await expect.poll(page.names).toEqual(['a ACTIVE', 'b CORDONED'])
  expect(page.requests()).toBe(1)
})

test('a cluster that was not listed joins the list, once', async () => {
  const page = await watchNames(['a'])
  const event = { __typename: 'ClusterChanged', cluster: apiCluster('b'), fleet: apiFleet }
  page.push({ ...event, cursor: '1' })
  page.push({ ...event, cursor: '2' })
  await expect.poll(page.names).toEqual(['a ACTIVE', 'b ACTIVE'])
})

test('a detached cluster leaves the list', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({ __typename: 'ClusterDetached', cursor: '1', clusterId: 'cls_a', fleet: apiFleet })
  await expect.poll(page.names).toEqual(['b ACTIVE'])
})

test('a snapshot says who is there', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({
    __typename: 'FleetSnapshot',
    cursor: '1',
    fleet: apiFleet,
    clusters: [apiCluster('b'), apiCluster('c')],
  })
  await expect.poll(page.names).toEqual(['b ACTIVE', 'c ACTIVE'])
})

test('a resync asks for the open volume and the open operation again, and shows them until the answer', async () => {
  let state = 'CREATING'
  const answers: Record<string, () => object> = {
    Volume: () => ({ volume: { __typename: 'Volume', id: 'vol_a', state } }),
    Operation: () => ({ operation: { __typename: 'Operation', id: 'op_a', state: 'RUNNING' } }),
  }
  const asked: string[] = []
  const api = startClient((name) => {
    asked.push(name)
    return answers[name]?.() ?? {}
  })
  const shown: unknown[] = []
  api.client.query(VolumeDocument, { id: 'vol_a' }).subscribe(({ data }) => shown.push(data?.volume?.state))
  api.client.query(OperationDocument, { id: 'op_a' }).subscribe(() => {})
  await expect.poll(() => shown).toEqual(['CREATING'])

  state = 'AVAILABLE'
  api.push({ __typename: 'ResyncRequired', reason: 'the log no longer reaches back' })
  await expect.poll(() => shown.at(-1)).toBe('AVAILABLE')
  expect(new Set(shown)).toEqual(new Set(['CREATING', 'AVAILABLE']))
  expect(asked.toSorted()).toEqual(['Operation', 'Operation', 'Volume', 'Volume'])
})

/** A client with our cache over an API that has these clusters, watching their names. */
async function watchNames(initial: readonly string[]) {
  let requestCount = 0
  let shown: string[] = []
  const { client, push } = startClient(() => {
    requestCount += 1
    return {
      clusters: {
        __typename: 'ClusterConnection',
        nodes: initial.map((name) => apiCluster(name)),
        pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
      },
    }
  })
  client.query(NamesDocument, {}).subscribe(({ data }) => {
    if (data) shown = describe(data)
  })
  await expect.poll(() => shown.length).toBe(initial.length)

  return {
    push,
    names: () => shown,
    requests: () => requestCount,
  }
}

function describe({ clusters }: Names): string[] {
  return clusters.nodes.map(({ name, adminState }) => `${name} ${adminState}`)
}
