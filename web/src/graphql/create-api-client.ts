import type { CombinedError } from '@urql/core'
import { Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { askAgain } from './ask-again.ts'
import { cacheConfig } from './cache-config.ts'
import { openLiveConnection } from './live-connection.ts'

export interface ApiClient {
  readonly client: Client
  readonly close: () => void
}

/** The API with this token: normalised cache, one socket. `onUnauthenticated` is told when the token is no longer good. */
export function createApiClient(token: string, onUnauthenticated: () => void): ApiClient {
  const live = openLiveConnection(token, onUnauthenticated)
  const client: Client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      mapExchange({
        onError: (error) => {
          if (isUnauthenticated(error)) onUnauthenticated()
        },
      }),
      cacheExchange(cacheConfig),
      askAgain((operation) => client.reexecuteOperation(operation)),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: live.forwardSubscription }),
    ],
  })
  return { client, close: live.close }
}

/** Whether the API refused the token, as opposed to any other failure. */
export function isUnauthenticated(error: CombinedError): boolean {
  return error.graphQLErrors.some((fault) => fault.extensions.code === 'UNAUTHENTICATED')
}
