import type { Cache, CacheExchangeOpts } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { applyFleetEvent } from './apply-fleet-event.ts'
import { embeddedKeys } from './embedded-keys.ts'
import type { FleetEvent } from './fleet-events-document.ts'
import introspection from './generated/introspection.json' with { type: 'json' }
import { invalidateQueries } from './invalidate-queries.ts'

/** How the normalised cache reads, links and updates what the API answers. */
export const cacheConfig: CacheExchangeOpts = {
  schema: introspection as CacheExchangeOpts['schema'],
  keys: embeddedKeys(introspection.__schema.types),
  resolvers: {
    Query: {
      clusters: relayPagination(),
      cluster: (_parent, args) => ({ __typename: 'Cluster', id: args.id }),
      volume: (_parent, args) => ({ __typename: 'Volume', id: args.id }),
      operation: (_parent, args) => ({ __typename: 'Operation', id: args.id }),
    },
  },
  updates: {
    Subscription: {
      fleetEvents: (result, _args, cache) =>
        applyFleetEvent(result.fleetEvents as unknown as FleetEvent, cache),
    },
    Mutation: {
      registerCluster: (result, _args, cache) =>
        invalidateOnSuccess(result.registerCluster, cache, 'clusters'),
      createVolume: (result, _args, cache) => invalidateOnSuccess(result.createVolume, cache, 'volumes'),
      deleteVolume: (result, _args, cache) => invalidateOnSuccess(result.deleteVolume, cache, 'volumes'),
    },
  },
}

/** After a mutation that changes who is on a list, the lists are asked for again. */
function invalidateOnSuccess(result: unknown, cache: Cache, listField: string): void {
  if (isObject(result) && String(result.__typename).endsWith('Payload')) invalidateQueries(cache, listField)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
