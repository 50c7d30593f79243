/** Ways out, as one sentence: `a, b, or c`. */
export function anyOf(ways: readonly string[]): string {
  const last = ways.at(-1) ?? ''
  return ways.length > 1 ? `${ways.slice(0, -1).join(', ')}, or ${last}` : last
}
