const GROUPED = new Intl.NumberFormat('en-GB')

/** A number with its noun: `1 cluster`, `1,284 volumes`. */
export function formatCount(count: number, noun: string): string {
  return `${GROUPED.format(count)} ${noun}${count === 1 ? '' : 's'}`
}
