import type { Cache } from '@urql/exchange-graphcache'
import { addCluster, isClusterPage, keepOnlyClusters, removeCluster } from './cluster-pages.ts'
import type { FleetEvent } from './fleet-events-document.ts'
import { invalidateQueries } from './invalidate-queries.ts'

/**
 * Changed entities are already in the cache by their id when this runs. What is left is membership:
 * clusters that came or went, and forgetting everything when the log no longer reaches back.
 */
export function applyFleetEvent(event: FleetEvent, cache: Cache): void {
  switch (event.__typename) {
    case 'FleetSnapshot':
      keepOnlyClusters(
        cache,
        event.clusters.map((cluster) => cluster.id),
      )
      break
    case 'ClusterChanged':
      addCluster(cache, event.cluster.id)
      break
    case 'ClusterDetached':
      removeCluster(cache, event.clusterId)
      break
    case 'ResyncRequired':
      // The snapshot that follows replaces the fleet and every page of its clusters; only one page would be asked again.
      invalidateQueries(cache, (field) => field.fieldName !== 'fleet' && !isClusterPage(field))
      forgetOpenEntities(cache)
      break
  }
}

/**
 * One volume and one operation are found by their id, whether or not their query has been invalidated, and the
 * snapshot that follows does not have them: they are asked for again only when they themselves are forgotten.
 */
function forgetOpenEntities(cache: Cache): void {
  cache.invalidate('Volume')
  cache.invalidate('Operation')
}
