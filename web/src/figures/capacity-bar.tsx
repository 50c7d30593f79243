import { formatBytes, parseBytes } from '../format/format-bytes.ts'
import { formatPercent, formatRatio, fractionOf } from '../format/format-ratio.ts'
import styles from './capacity-bar.module.css'

export interface CapacityBarFigures {
  readonly usedBytes: string
  readonly provisionedBytes: string
  readonly pendingBytes: string
  readonly effectiveBytes: string
  readonly provisionedRatio: number | null
  /** The policy's limit; a fleet as a whole has none. */
  readonly maxProvisionedRatio?: number
  readonly stale?: boolean
}

interface CapacityBarProps {
  readonly figures: CapacityBarFigures
  /** What the full width stands for, in multiples of physical storage; the same for bars to be compared. */
  readonly scale: number
  readonly size?: 'row' | 'large'
}

/**
 * Three layers on one axis that starts at zero: written (solid), promised (outline, may run past
 * physical storage) with what is pending (dashed), and ticks for physical storage and the policy's limit.
 */
export function CapacityBar({ figures, scale, size = 'row' }: CapacityBarProps) {
  const effective = parseBytes(figures.effectiveBytes)
  const share = (bytes: string) => (fractionOf(parseBytes(bytes), effective) ?? 0) / scale
  const used = share(figures.usedBytes)
  const provisioned = share(figures.provisionedBytes)
  const pending = share(figures.pendingBytes)
  const limit = figures.maxProvisionedRatio
  const isOver = limit !== undefined && (figures.provisionedRatio ?? 0) > limit

  return (
    <div
      role="img"
      aria-label={describe(figures)}
      className={styles.bar}
      data-size={size}
      data-stale={figures.stale || undefined}
      data-over={isOver || undefined}
    >
      <span className={styles.provisioned} style={{ width: percent(provisioned) }} />
      {pending > 0 && (
        <span className={styles.pending} style={{ left: percent(provisioned), width: percent(pending) }} />
      )}
      <span className={styles.used} style={{ width: percent(used) }} />
      <span className={styles.physical} style={{ left: percent(1 / scale) }} />
      {limit !== undefined && <span className={styles.limit} style={{ left: percent(limit / scale) }} />}
    </div>
  )
}

/** The bar's figures in words, for those who do not see it. */
function describe(figures: CapacityBarFigures): string {
  const used = parseBytes(figures.usedBytes)
  const effective = parseBytes(figures.effectiveBytes)
  const limit = figures.maxProvisionedRatio
  return [
    `Used ${formatBytes(used)} of ${formatBytes(effective)} physical (${formatPercent(fractionOf(used, effective))})`,
    `provisioned ${formatBytes(parseBytes(figures.provisionedBytes))}`,
    `pending ${formatBytes(parseBytes(figures.pendingBytes))}`,
    `ratio ${formatRatio(figures.provisionedRatio)}${limit === undefined ? '' : ` of ${formatRatio(limit)} allowed`}`,
    ...(figures.stale ? ['figures are stale'] : []),
  ].join(', ')
}

function percent(fraction: number): string {
  return `${Math.min(1, fraction) * 100}%`
}
