/** Of an even number of values, the mean of the two in the middle. @throws when there is none */
export function median(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const sorted = values.toSorted((a, b) => a - b)
  const low = sorted[Math.floor(middle)]
  const high = sorted[Math.ceil(middle)]
  if (low === undefined || high === undefined) throw new Error('no values, no median')
  return (low + high) / 2
}

/** The median, and the greatest in brackets where that is another number to so many digits. @throws when there is none */
export function medianAndGreatest(values: readonly number[], digits: number): string {
  const middle = median(values).toFixed(digits)
  const greatest = Math.max(...values).toFixed(digits)
  return middle === greatest ? middle : `${middle} (${greatest})`
}

/** @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? Number.NaN
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
