import type { Cache, CacheExchangeOpts } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import type { Registration } from '../fleet/register-cluster-document.ts'
import { applyFleetEvent } from './apply-fleet-event.ts'
import { addCluster } from './cluster-pages.ts'
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
        addRegistered(result.registerCluster as unknown as Registration, cache),
      createVolume: (result, _args, cache) => askForVolumesOnSuccess(result.createVolume, cache),
      deleteVolume: (result, _args, cache) => askForVolumesOnSuccess(result.deleteVolume, cache),
    },
  },
}

/**
 * The list is not asked for again: it is loaded page by page, and only its newest page belongs to a query on the
 * screen, so that the others would be gone.
 */
function addRegistered(result: Registration, cache: Cache): void {
  if (result.__typename === 'RegisterClusterPayload') addCluster(cache, result.cluster.id)
}

/** After a mutation that changes who is on the lists of volumes, they are asked for again. */
function askForVolumesOnSuccess(result: unknown, cache: Cache): void {
  if (!isObject(result) || !String(result.__typename).endsWith('Payload')) return
  invalidateQueries(cache, ({ fieldName }) => fieldName === 'volumes')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
