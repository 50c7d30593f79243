import type { ReactNode } from 'react'
import { Age } from '../figures/age.tsx'
import { Bytes } from '../figures/bytes.tsx'
import { CapacityBar } from '../figures/capacity-bar.tsx'
import { parseBytes } from '../format/format-bytes.ts'
import { formatPercent, formatRatio, fractionOf } from '../format/format-ratio.ts'
import type { FleetCapacity } from './fleet-fields.ts'
import styles from './fleet-totals.module.css'

interface FleetTotalsProps {
  readonly capacity: FleetCapacity
  readonly clusterCount: number
}

/** What the fleet adds up to: each total with what it is based on, and which clusters it covers. */
export function FleetTotals({ capacity, clusterCount }: FleetTotalsProps) {
  const utilization = fractionOf(parseBytes(capacity.usedBytes), parseBytes(capacity.effectiveBytes))
  return (
    <section aria-label="Fleet totals" className={styles.totals}>
      <dl className={styles.figures}>
        <Figure term="Provisioned" basis="promised: size × replicas">
          <Bytes value={capacity.provisionedBytes} />
        </Figure>
        <Figure term="Pending" basis="promised, not yet observed">
          <Bytes value={capacity.pendingBytes} />
        </Figure>
        <Figure term="Effective" basis="usable physical storage">
          <Bytes value={capacity.effectiveBytes} />
        </Figure>
        <Figure term="Used" basis={`written, ${formatPercent(utilization)} of effective`}>
          <Bytes value={capacity.usedBytes} />
        </Figure>
        <Figure term="Free" basis="not yet written">
          <Bytes value={capacity.freeBytes} />
        </Figure>
        <Figure term="Ratio" basis="(provisioned + pending) ÷ effective">
          {formatRatio(capacity.provisionedRatio)}
        </Figure>
      </dl>
      <CapacityBar
        figures={capacity}
        scale={Math.max(1, capacity.provisionedRatio ?? 0) * 1.02}
        size="large"
      />
      <p className={styles.coverage}>
        Sum over {capacity.observedClusterCount} of {clusterCount} clusters; the oldest figure was observed{' '}
        <Age since={capacity.oldestObservedAt} /> ago.
      </p>
    </section>
  )
}

interface FigureProps {
  readonly term: string
  readonly basis: string
  readonly children: ReactNode
}

function Figure({ term, basis, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{term}</dt>
      <dd className={styles.value}>{children}</dd>
      <dd className={styles.basis}>{basis}</dd>
    </div>
  )
}
