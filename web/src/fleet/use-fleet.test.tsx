import { act, cleanup, renderHook, waitFor } from '@testing-library/react'
import { Provider } from 'urql'
import { afterEach, expect, test } from 'vitest'
import { apiCluster } from '../../test/api-cluster.ts'
import { apiFleet } from '../../test/api-fleet.ts'
import { startClient } from '../../test/start-client.ts'
import { RegisterClusterDocument } from './register-cluster-document.ts'
import { useFleet } from './use-fleet.ts'

afterEach(cleanup)

test('a cluster that is registered joins those of all pages', async () => {
  const page = await showTwoPages()
  await page.register('d')
  await waitFor(() => expect(page.names()).toEqual(['a', 'b', 'c', 'd']))
})

test('a refused registration changes nothing', async () => {
  const page = await showTwoPages()
  await page.register('a')
  expect(page.names()).toEqual(['a', 'b', 'c'])
})

test('after a resync the snapshot says which clusters of all pages are there', async () => {
  const page = await showTwoPages()
  act(() => {
    page.push({ __typename: 'ResyncRequired', reason: 'the log no longer reaches back' })
    page.push({
      __typename: 'FleetSnapshot',
      cursor: '1',
      fleet: { ...apiFleet, volumeCount: 7 },
      clusters: [apiCluster('b'), apiCluster('c'), apiCluster('d')],
    })
  })
  await waitFor(() => expect(page.names()).toEqual(['b', 'c', 'd']))
  expect(page.volumeCount()).toBe(7)
})

/** The fleet as the page shows it, over an API that has the clusters a and b on one page and c on the next. */
async function showTwoPages() {
  const { client, push } = startClient((name, variables) =>
    name === 'RegisterCluster' ? register(variables) : pageAfter(variables.after),
  )
  const { result } = renderHook(useFleet, {
    wrapper: ({ children }) => <Provider value={client}>{children}</Provider>,
  })
  const names = () => result.current.clusters.map((cluster) => cluster.name)
  await waitFor(() => expect(names()).toEqual(['a', 'b', 'c']))
  return {
    push,
    names,
    volumeCount: () => result.current.fleet?.volumeCount,
    register(name: string) {
      const input = {
        name,
        endpoints: [],
        tls: { mode: 'SYSTEM' as const },
        credential: { token: 'secret' },
        idempotencyKey: name,
      }
      return act(() => client.mutation(RegisterClusterDocument, { input }).toPromise())
    },
  }
}

function pageAfter(after: unknown): object {
  const isFirst = after === null
  return {
    fleet: apiFleet,
    clusters: {
      __typename: 'ClusterConnection',
      nodes: isFirst ? [apiCluster('a'), apiCluster('b')] : [apiCluster('c')],
      pageInfo: { __typename: 'PageInfo', hasNextPage: isFirst, endCursor: isFirst ? 'b' : 'c' },
    },
  }
}

function register(variables: Record<string, unknown>): object {
  const { name } = variables.input as { name: string }
  return {
    registerCluster:
      name === 'a'
        ? { __typename: 'NameTakenError', message: 'there is a cluster a' }
        : {
            __typename: 'RegisterClusterPayload',
            cluster: apiCluster(name),
            operation: { __typename: 'Operation', id: 'op_a' },
          },
  }
}
