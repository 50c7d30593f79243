import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { askAgain } from '../src/graphql/ask-again.ts'
import { cacheConfig } from '../src/graphql/cache-config.ts'
import { type FleetEvent, FleetEventsDocument } from '../src/graphql/fleet-events-document.ts'

interface StartedClient {
  readonly client: Client
  /** Delivers an event of the fleet. */
  readonly push: (event: object) => void
}

/** A client with the page's cache over an API and a stream of events in the test's hands. */
export function startClient(
  answer: (operationName: string, variables: Record<string, unknown>) => object | Promise<object>,
): StartedClient {
  let push = (_event: object) => {}
  const client: Client = new Client({
    url: 'http://api.invalid/graphql',
    preferGetMethod: false,
    fetch: async (_url, init) => {
      const { operationName, variables } = JSON.parse(String(init?.body))
      return Response.json({ data: await answer(operationName, variables) })
    },
    exchanges: [
      cacheExchange(cacheConfig),
      askAgain((operation) => client.reexecuteOperation(operation)),
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
  client.subscription(FleetEventsDocument, { after: null }).subscribe(() => {})
  return { client, push: (event) => push(event) }
}
