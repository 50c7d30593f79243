import { parseBytes } from '../format/format-bytes.ts'
import type { Cluster } from './cluster-fields.ts'
import type { ClusterSort } from './fleet-search.ts'

const NAMES = new Intl.Collator('en', { numeric: true })
/** Troubled first. */
const CONNECTION_ORDER = ['UNAUTHORIZED', 'DISCONNECTED', 'QUARANTINED', 'PENDING', 'CONNECTED']
const HEALTH_ORDER = ['ERROR', 'WARNING', 'UNKNOWN', 'OK']

/** A new array in the order asked for. Unknown figures come last in either direction; names break ties. */
export function sortClusters(
  clusters: readonly Cluster[],
  sort: ClusterSort,
  isDescending: boolean,
): Cluster[] {
  const sign = isDescending ? -1 : 1
  return clusters.toSorted((a, b) => {
    if (sort === 'name') return sign * NAMES.compare(a.name, b.name)
    const [left, right] = [rankOf(a, sort), rankOf(b, sort)]
    if (left === null || right === null) return Number(left === null) - Number(right === null) || byName(a, b)
    return sign * (left - right) || byName(a, b)
  })
}

function byName(a: Cluster, b: Cluster): number {
  return NAMES.compare(a.name, b.name)
}

function rankOf(
  { connection, health, capacity }: Cluster,
  sort: Exclude<ClusterSort, 'name'>,
): number | null {
  if (sort === 'state')
    return CONNECTION_ORDER.indexOf(connection) * HEALTH_ORDER.length + HEALTH_ORDER.indexOf(health)
  if (capacity === null) return null
  switch (sort) {
    case 'ratio':
      return capacity.provisionedRatio
    case 'used':
      return capacity.utilization
    case 'free':
      return Number(parseBytes(capacity.freeBytes))
    case 'observed':
      return Date.parse(capacity.observedAt)
  }
}

/** Clusters whose name or labels contain the text, whatever its case. */
export function filterClusters(clusters: readonly Cluster[], text: string): readonly Cluster[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return clusters
  return clusters.filter(({ name, labels }) =>
    [name, ...labels.map(({ key, value }) => `${key}=${value}`)].some((word) =>
      word.toLowerCase().includes(wanted),
    ),
  )
}
