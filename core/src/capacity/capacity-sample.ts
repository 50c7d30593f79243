import type { ClusterId } from '../identity/ids.ts'

/** One figure over the time that a sample stands for, in bytes. */
export interface SampledFigure {
  readonly minBytes: bigint
  readonly maxBytes: bigint
  /** At the sample's `observedAt`. */
  readonly lastBytes: bigint
}

/** What was measured of a cluster, or of the fleet, within five minutes, an hour or a day. No sample where nothing was. */
export interface CapacitySample {
  /** Begin of that time. */
  readonly at: Date
  /** When the last of its figures was measured. */
  readonly observedAt: Date
  /** Clusters in the sums; 1 for a cluster. */
  readonly clusterCount: number
  /** Provisioned and pending. */
  readonly promised: SampledFigure
  readonly written: SampledFigure
  readonly effective: SampledFigure
  readonly free: SampledFigure
}

/** One moment of a cluster's past, in bytes. */
export interface SeriesPoint {
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly promisedBytes: bigint
  readonly writtenBytes: bigint
}

/** In order of time. */
export interface CapacitySeries {
  readonly clusterId: ClusterId
  readonly points: readonly SeriesPoint[]
}
