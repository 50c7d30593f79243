/** `at` in any unit of time; the slopes are per that unit. */
export interface TrendPoint {
  readonly at: number
  readonly value: number
}

export interface Trend {
  readonly slope: number
  /** 90% of the time the slope lies between these, if the errors of the points are independent. */
  readonly lower: number
  readonly upper: number
}

/** Two-sided 90% of the normal distribution. */
const Z = 1.645

/**
 * The median of the slopes between all pairs of points, with Sen's interval: up to 29% of the points may be wrong without
 * moving it far, so a migration or one odd day is no trend. Null without two different moments.
 *
 * P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, J. Am. Stat. Assoc. 63 (1968), 1379-1389; the
 * variance with ties as M. G. Kendall gives it (Rank Correlation Methods, 4.8). Quadratic in the number of points.
 */
export function theilSen(points: readonly TrendPoint[]): Trend | null {
  const slopes = pairwiseSlopes(points)
  const middle = slopes.length >> 1
  const at = (index: number) => slopes[Math.min(Math.max(index, 0), slopes.length - 1)] ?? 0
  if (slopes.length === 0) return null
  const reach = Z * Math.sqrt(kendallVariance(points))
  return {
    slope: slopes.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    lower: at(Math.floor((slopes.length - reach) / 2) - 1),
    upper: at(Math.ceil((slopes.length + reach) / 2)),
  }
}

function pairwiseSlopes(points: readonly TrendPoint[]): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2)
  let count = 0
  for (let index = 0; index < points.length; index++) {
    const first = points[index]
    for (let later = index + 1; later < points.length; later++) {
      const second = points[later]
      if (!first || !second || second.at === first.at) continue
      slopes[count++] = (second.value - first.value) / (second.at - first.at)
    }
  }
  return slopes.subarray(0, count).sort()
}

/** Of Kendall's S, which is what the interval is made of: many equal values tell less. */
function kendallVariance(points: readonly TrendPoint[]): number {
  const ties = new Map<number, number>()
  for (const { value } of points) ties.set(value, (ties.get(value) ?? 0) + 1)
  const term = (count: number) => count * (count - 1) * (2 * count + 5)
  const tied = [...ties.values()].reduce((sum, count) => sum + term(count), 0)
  return (term(points.length) - tied) / 18
}
