import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import type { ResultOf } from 'gql.tada'
import { expect, test } from 'vitest'
import { cacheConfig } from './cache-config.ts'
import { type FleetEvent, FleetEventsDocument } from './fleet-events-document.ts'
import { graphql } from './graphql.ts'

const NamesDocument = graphql(`
  query Names {
    clusters(first: 200) {
      nodes { id name adminState }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
type Names = ResultOf<typeof NamesDocument>

const FLEET = {
  __typename: 'Fleet',
  id: 'fleet',
  clusterCount: 2,
  connectedClusterCount: 2,
  volumeCount: 0,
  capacity: null,
}

test('a changed cluster changes wherever it is shown', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({ __typename: 'ClusterChanged', cursor: '1', cluster: cluster('b', 'CORDONED'), fleet: FLEET })
  await expect.poll(page.names).toEqual(['a ACTIVE', 'b CORDONED'])
  expect(page.requests()).toBe(1)
})

test('a cluster that was not listed joins the list, once', async () => {
  const page = await watchNames(['a'])
  const event = { __typename: 'ClusterChanged', cluster: cluster('b'), fleet: FLEET }
  page.push({ ...event, cursor: '1' })
  page.push({ ...event, cursor: '2' })
  await expect.poll(page.names).toEqual(['a ACTIVE', 'b ACTIVE'])
})

test('a detached cluster leaves the list', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({ __typename: 'ClusterDetached', cursor: '1', clusterId: 'cls_a', fleet: FLEET })
  await expect.poll(page.names).toEqual(['b ACTIVE'])
})

test('a snapshot says who is there', async () => {
  const page = await watchNames(['a', 'b'])
  page.push({
    __typename: 'FleetSnapshot',
    cursor: '1',
    fleet: FLEET,
    clusters: [cluster('b'), cluster('c')],
  })
  await expect.poll(page.names).toEqual(['b ACTIVE', 'c ACTIVE'])
})

test('a resync asks the API again', async () => {
  const page = await watchNames(['a'])
  page.answerWith(['z'])
  page.push({ __typename: 'ResyncRequired', reason: 'the log no longer reaches back' })
  await expect.poll(page.names).toEqual(['z ACTIVE'])
})

function cluster(name: string, adminState = 'ACTIVE') {
  return {
    __typename: 'Cluster',
    id: `cls_${name}`,
    name,
    labels: [],
    adminState,
    connection: 'CONNECTED',
    connectionError: null,
    connectionSince: '2026-11-22T09:00:00Z',
    health: 'OK',
    healthMessage: null,
    revision: 1,
    capacity: null,
  }
}

/** A client with our cache over an API that has these clusters, watching their names. */
async function watchNames(initial: readonly string[]) {
  let clusterNames = initial
  let requestCount = 0
  let shown: string[] = []
  let push = (_event: object) => {}

  const client = new Client({
    url: 'http://api.invalid/graphql',
    preferGetMethod: false,
    fetch: async () => {
      requestCount += 1
      return Response.json({
        data: {
          clusters: {
            __typename: 'ClusterConnection',
            nodes: clusterNames.map((name) => cluster(name)),
            pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
          },
        },
      })
    },
    exchanges: [
      cacheExchange(cacheConfig),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: () => ({
          subscribe(observer) {
            push = (event) => observer.next({ data: { fleetEvents: event as FleetEvent } })
            return { unsubscribe() {} }
          },
        }),
      }),
    ],
  })
  client.query(NamesDocument, {}).subscribe(({ data }) => {
    if (data) shown = describe(data)
  })
  client.subscription(FleetEventsDocument, { after: null }).subscribe(() => {})
  await expect.poll(() => shown.length).toBe(initial.length)

  return {
    push: (event: object) => push(event),
    names: () => shown,
    requests: () => requestCount,
    answerWith(names: readonly string[]) {
      clusterNames = names
    },
  }
}

function describe({ clusters }: Names): string[] {
  return clusters.nodes.map(({ name, adminState }) => `${name} ${adminState}`)
}
