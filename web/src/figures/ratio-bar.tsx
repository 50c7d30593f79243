import styles from './ratio-bar.module.css'

interface RatioBarProps {
  readonly ratio: number
  /** What the full width stands for, in multiples of physical storage. */
  readonly scale: number
  readonly isRejected: boolean
}

/** A ratio as a length from zero, with a tick where physical storage ends. The number stands beside it. */
export function RatioBar({ ratio, scale, isRejected }: RatioBarProps) {
  return (
    <div className={styles.bar} data-rejected={isRejected || undefined} aria-hidden="true">
      <span className={styles.ratio} style={{ width: `${Math.min(1, ratio / scale) * 100}%` }} />
      <span className={styles.physical} style={{ left: `${100 / scale}%` }} />
    </div>
  )
}
