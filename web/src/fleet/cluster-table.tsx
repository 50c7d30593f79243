import { SortableHeader } from '../shell/sortable-header.tsx'
import type { Cluster } from './cluster-fields.ts'
import { ClusterRow } from './cluster-row.tsx'
import styles from './cluster-table.module.css'
import type { ClusterSort } from './fleet-search.ts'
import { sortClusters } from './sort-clusters.ts'
import { useFleetSearch } from './use-fleet-search.ts'

const MARGIN = 1.04

/** All clusters in one table; their bars share one axis, so that they compare at a glance. */
export function ClusterTable({ clusters }: { readonly clusters: readonly Cluster[] }) {
  const { search, update } = useFleetSearch()
  const { sort = 'name', desc = false } = search
  const scale = commonScale(clusters)

  function sortBy(column: ClusterSort) {
    const isDescending = column === sort ? !desc : column === 'ratio' || column === 'used'
    update({ sort: column, desc: isDescending || undefined })
  }

  const headerProps = (column: ClusterSort) => ({
    direction: column !== sort ? undefined : desc ? ('descending' as const) : ('ascending' as const),
    onSort: () => sortBy(column),
  })

  return (
    <>
      <Legend />
      <table className={styles.table}>
        <thead>
          <tr>
            <SortableHeader {...headerProps('name')}>Cluster</SortableHeader>
            <SortableHeader {...headerProps('state')}>State</SortableHeader>
            <SortableHeader {...headerProps('used')} className={styles.capacity}>
              Used and provisioned
            </SortableHeader>
            <SortableHeader {...headerProps('ratio')} isNumeric>
              Ratio
            </SortableHeader>
            <SortableHeader {...headerProps('free')} isNumeric>
              Free
            </SortableHeader>
            <SortableHeader {...headerProps('observed')} isNumeric>
              Observed
            </SortableHeader>
            <th scope="col">
              <span className={styles.unseen}>Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sortClusters(clusters, sort, desc).map((cluster) => (
            <ClusterRow key={cluster.id} cluster={cluster} scale={scale} />
          ))}
        </tbody>
      </table>
      {clusters.length === 0 && <p className={styles.none}>No cluster's name or label contains this text.</p>}
    </>
  )
}

function Legend() {
  return (
    <ul className={styles.legend} aria-label="How to read the bars">
      <li data-layer="used">used</li>
      <li data-layer="provisioned">provisioned</li>
      <li data-layer="pending">pending</li>
      <li data-layer="physical">physical storage</li>
      <li data-layer="limit">policy limit</li>
      <li data-layer="stale">stale</li>
    </ul>
  )
}

/** The widest of all bars and limits, in multiples of physical storage. */
function commonScale(clusters: readonly Cluster[]): number {
  const extents = clusters.map(({ capacity }) =>
    Math.max(capacity?.provisionedRatio ?? 0, capacity?.maxProvisionedRatio ?? 0),
  )
  return Math.max(1, ...extents) * MARGIN
}
