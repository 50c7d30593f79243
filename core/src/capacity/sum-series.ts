import type { SeriesPoint } from './capacity-sample.ts'

/** Moments at which the sum is taken, at most. */
const MAX_MOMENTS = 60

/**
 * The sum of what clusters had, at moments spread evenly over their common past. A gap counts as the figure before it,
 * and the time before a cluster's first sample as that sample: joining or being away is neither growth nor shrinking.
 */
export function sumSeries(series: readonly (readonly SeriesPoint[])[]): readonly SeriesPoint[] {
  const known = series.filter((points) => points.length > 0)
  const longest = Math.max(0, ...known.map((points) => points.length))
  const fromMs = Math.min(...known.map((points) => points[0]?.atMs ?? 0))
  const toMs = Math.max(...known.map((points) => points.at(-1)?.atMs ?? 0))
  const count = Math.min(MAX_MOMENTS, longest)
  const sums = Array.from({ length: count }, (_, index) => ({
    atMs: count > 1 ? fromMs + ((toMs - fromMs) * index) / (count - 1) : toMs,
    promisedBytes: 0n,
    writtenBytes: 0n,
  }))
  for (const points of known) {
    let next = 0
    for (const sum of sums) {
      while (next + 1 < points.length && (points[next + 1]?.atMs ?? 0) <= sum.atMs) next++
      sum.promisedBytes += points[next]?.promisedBytes ?? 0n
      sum.writtenBytes += points[next]?.writtenBytes ?? 0n
    }
  }
  return sums
}
