import { Link } from '@tanstack/react-router'
import { Age } from '../figures/age.tsx'
import { Bytes } from '../figures/bytes.tsx'
import { SortableHeader } from '../shell/sortable-header.tsx'
import { useVolumesSearch } from './use-volumes-search.ts'
import type { Volume } from './volume-fields.ts'
import { VolumeState } from './volume-state.tsx'
import styles from './volume-table.module.css'
import type { VolumeSort } from './volumes-search.ts'

interface VolumeTableProps {
  readonly volumes: readonly Volume[]
  readonly isFiltered: boolean
}

export function VolumeTable({ volumes, isFiltered }: VolumeTableProps) {
  const { search, narrow } = useVolumesSearch()
  const { sort = 'name', desc = false } = search

  function sortBy(column: VolumeSort) {
    const isDescending = column === sort ? !desc : column !== 'name'
    narrow({ sort: column, desc: isDescending || undefined })
  }

  const headerProps = (column: VolumeSort) => ({
    direction: column !== sort ? undefined : desc ? ('descending' as const) : ('ascending' as const),
    onSort: () => sortBy(column),
  })

  if (volumes.length === 0) {
    return (
      <p className={styles.none}>{isFiltered ? 'No volume matches these filters.' : 'No volumes yet.'}</p>
    )
  }
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <SortableHeader {...headerProps('name')}>Name</SortableHeader>
          <th scope="col">State</th>
          <th scope="col">Cluster</th>
          <SortableHeader {...headerProps('size')} isNumeric>
            Size
          </SortableHeader>
          <th scope="col" className={styles.number}>
            Replicas
          </th>
          <SortableHeader {...headerProps('created')} isNumeric>
            Created
          </SortableHeader>
        </tr>
      </thead>
      <tbody>
        {volumes.map((volume) => (
          <VolumeRow key={volume.id} volume={volume} />
        ))}
      </tbody>
    </table>
  )
}

function VolumeRow({ volume }: { readonly volume: Volume }) {
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <Link to="/volumes/$id" params={{ id: volume.id }}>
          {volume.name}
        </Link>
        {volume.project !== 'default' && <span className={styles.project}>{volume.project}</span>}
      </th>
      <td>
        <VolumeState state={volume.state} />
      </td>
      <td>{volume.cluster.name}</td>
      <td className={styles.number} data-label="Size">
        <Bytes value={volume.sizeBytes} />
      </td>
      <td className={styles.number} data-label="Replicas">
        {volume.replicas}
      </td>
      <td className={styles.number} data-label="Created">
        <span>
          <Age since={volume.createdAt} /> ago
        </span>
      </td>
    </tr>
  )
}
