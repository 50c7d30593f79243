import type { Cache, FieldInfo } from '@urql/exchange-graphcache'

/** Whom a snapshot does not name has left; whom no page has yet is added. */
export function keepOnlyClusters(cache: Cache, ids: readonly string[]): void {
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
export function addCluster(cache: Cache, id: string): void {
  const key = clusterKey(cache, id)
  const pages = clusterPages(cache)
  if (key === null || pages.some((page) => nodesOf(cache, page).includes(key))) return
  const last = pages.find((page) => isLastPage(cache, page))
  if (last !== undefined) linkNodes(cache, last, [...nodesOf(cache, last), key])
}

export function removeCluster(cache: Cache, id: string): void {
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

/** Whether a root field is a page of the whole list; filtered lists are not ours to judge. */
export function isClusterPage({ fieldName, arguments: args }: FieldInfo): boolean {
  return fieldName === 'clusters' && !args?.where
}

/** Keys of the loaded pages of the whole list. */
function clusterPages(cache: Cache): string[] {
  return cache
    .inspectFields('Query')
    .filter(isClusterPage)
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
