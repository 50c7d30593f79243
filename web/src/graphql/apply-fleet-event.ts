import type { Cache } from '@urql/exchange-graphcache'
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
      invalidateQueries(cache)
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

function keepOnlyClusters(cache: Cache, ids: readonly string[]): void {
  const present = new Set(ids.map((id) => clusterKey(cache, id)))
  for (const page of clusterPages(cache)) {
    linkNodes(
      cache,
      page,
      nodesOf(cache, page).filter((key) => present.has(key)),
    )
  }
  for (const id of ids) addCluster(cache, id)
}

/** Appends to the last page; while that is not loaded, loading it will bring the cluster along. */
function addCluster(cache: Cache, id: string): void {
  const key = clusterKey(cache, id)
  const pages = clusterPages(cache)
  if (key === null || pages.some((page) => nodesOf(cache, page).includes(key))) return
  const last = pages.find((page) => isLastPage(cache, page))
  if (last !== undefined) linkNodes(cache, last, [...nodesOf(cache, last), key])
}

function removeCluster(cache: Cache, id: string): void {
  const removed = clusterKey(cache, id)
  for (const page of clusterPages(cache)) {
    linkNodes(
      cache,
      page,
      nodesOf(cache, page).filter((key) => key !== removed),
    )
  }
}

function clusterKey(cache: Cache, id: string): string | null {
  return cache.keyOfEntity({ __typename: 'Cluster', id })
}

/** Keys of the loaded pages of the whole list; filtered lists are not ours to judge. */
function clusterPages(cache: Cache): string[] {
  return cache
    .inspectFields('Query')
    .filter((field) => field.fieldName === 'clusters' && !field.arguments?.where)
    .map((field) => cache.resolve('Query', field.fieldKey))
    .filter((page): page is string => typeof page === 'string')
}

function nodesOf(cache: Cache, page: string): string[] {
  const nodes = cache.resolve(page, 'nodes')
  return Array.isArray(nodes) ? nodes.filter((node): node is string => typeof node === 'string') : []
}

function linkNodes(cache: Cache, page: string, nodes: string[]): void {
  cache.link(page, 'nodes', nodes)
}

function isLastPage(cache: Cache, page: string): boolean {
  const pageInfo = cache.resolve(page, 'pageInfo')
  return typeof pageInfo === 'string' && cache.resolve(pageInfo, 'hasNextPage') === false
}
