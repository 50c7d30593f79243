import { Lock, LogOut } from 'lucide-react'
import { memo } from 'react'
import { Age } from '../figures/age.tsx'
import { Bytes } from '../figures/bytes.tsx'
import { CapacityBar } from '../figures/capacity-bar.tsx'
import { parseBytes } from '../format/format-bytes.ts'
import { formatPercent, formatRatio } from '../format/format-ratio.ts'
import { ClusterActions } from './cluster-actions.tsx'
import type { Cluster, ClusterCapacity } from './cluster-fields.ts'
import { ClusterState } from './cluster-state.tsx'
import styles from './cluster-table.module.css'

interface ClusterRowProps {
  readonly cluster: Cluster
  readonly scale: number
}

/** One cluster. Drawn again only when that cluster changes. */
export const ClusterRow = memo(function ClusterRow({ cluster, scale }: ClusterRowProps) {
  return (
    <tr>
      <th scope="row" className={styles.name}>
        <span>{cluster.name}</span>
        <AdminState adminState={cluster.adminState} />
        <ul className={styles.labels} aria-label="Labels">
          {cluster.labels.map(({ key, value }) => (
            <li key={key}>
              {key}={value}
            </li>
          ))}
        </ul>
      </th>
      <td className={styles.state}>
        <ClusterState cluster={cluster} />
      </td>
      {cluster.capacity ? (
        <Figures capacity={presentCapacity(cluster.capacity, cluster.connection)} scale={scale} />
      ) : (
        <NotObserved />
      )}
      <td className={styles.actions}>
        <ClusterActions cluster={cluster} />
      </td>
    </tr>
  )
})

/** Figures that nobody renews are stale, also before they reach the policy's age. */
function presentCapacity(capacity: ClusterCapacity, connection: Cluster['connection']): ClusterCapacity {
  return connection === 'CONNECTED' ? capacity : { ...capacity, stale: true }
}

function Figures({ capacity, scale }: { readonly capacity: ClusterCapacity; readonly scale: number }) {
  const hasPending = parseBytes(capacity.pendingBytes) > 0n
  return (
    <>
      <td className={styles.capacity}>
        <CapacityBar figures={capacity} scale={scale} />
        <p className={styles.breakdown}>
          <span>
            <Bytes value={capacity.usedBytes} /> of <Bytes value={capacity.effectiveBytes} /> used (
            {formatPercent(capacity.utilization)})
          </span>
          <span>
            <Bytes value={capacity.provisionedBytes} /> provisioned
            {hasPending && (
              <>
                {' '}
                + <Bytes value={capacity.pendingBytes} /> pending
              </>
            )}
          </span>
        </p>
      </td>
      <td className={styles.number} data-label="Ratio">
        <strong>{formatRatio(capacity.provisionedRatio)}</strong>
        <span className={styles.note}>of {formatRatio(capacity.maxProvisionedRatio)}</span>
      </td>
      <td className={styles.number} data-label="Free">
        <Bytes value={capacity.freeBytes} />
      </td>
      <td className={styles.number} data-label="Observed" data-stale={capacity.stale || undefined}>
        <span>
          <Age since={capacity.observedAt} /> ago
        </span>
        {capacity.stale && <span className={styles.stale}>stale</span>}
      </td>
    </>
  )
}

/** Unknown is not zero: no bar, no numbers. */
function NotObserved() {
  return (
    <td colSpan={4} className={styles.unobserved}>
      Not observed yet
    </td>
  )
}

function AdminState({ adminState }: Pick<Cluster, 'adminState'>) {
  if (adminState === 'ACTIVE') return null
  const isCordoned = adminState === 'CORDONED'
  const Icon = isCordoned ? Lock : LogOut
  return (
    <span
      className={styles.admin}
      title={isCordoned ? 'Takes no new volumes' : 'Takes no new volumes; to be emptied'}
    >
      <Icon size={12} aria-hidden="true" />
      {isCordoned ? 'Cordoned' : 'Draining'}
    </span>
  )
}
