/** A dimensionless fraction kept exact. The denominator is positive. */
export interface Ratio {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** Negative when a < b, zero when equal, positive when a > b; by cross-multiplication, so without rounding. */
export function compareRatios(a: Ratio, b: Ratio): number {
  const left = a.numerator * b.denominator
  const right = b.numerator * a.denominator
  return left < right ? -1 : left > right ? 1 : 0
}

export function addRatios(a: Ratio, b: Ratio): Ratio {
  if (a.denominator === b.denominator) {
    return { numerator: a.numerator + b.numerator, denominator: a.denominator }
  }
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  }
}

/** a - b; negative when b is the larger one. */
export function subtractRatios(a: Ratio, b: Ratio): Ratio {
  return addRatios(a, { numerator: -b.numerator, denominator: b.denominator })
}

export function multiplyRatios(a: Ratio, b: Ratio): Ratio {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator }
}

/**
 * (provisioned + pending + requested) / effective: the value that placement ranks by, design.md section 5.
 * Without a positive effective capacity there is no ratio.
 */
export function projectedRatio(
  capacity: { provisionedBytes: bigint; pendingBytes: bigint; effectiveBytes: bigint },
  requestedBytes: bigint,
): Ratio | null {
  if (capacity.effectiveBytes <= 0n) return null
  return {
    numerator: capacity.provisionedBytes + capacity.pendingBytes + requestedBytes,
    denominator: capacity.effectiveBytes,
  }
}

/** For people and for charts; never for a decision. */
export function ratioToNumber(ratio: Ratio): number {
  return Number((ratio.numerator * 1_000_000n) / ratio.denominator) / 1_000_000
}

/** A limit as policies write it ("1.5", "0.1"): a decimal with at most six places, read exactly. */
export function parseRatio(text: string): Ratio | null {
  const match = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text)
  if (!match?.[1]) return null
  const places = match[2] ?? ''
  return { numerator: BigInt(match[1] + places), denominator: 10n ** BigInt(places.length) }
}

/** What `parseRatio` reads: at most six places, cut off behind them. */
export function formatRatio({ numerator, denominator }: Ratio): string {
  const millionths = (numerator * 1_000_000n) / denominator
  const places = (millionths % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '')
  return `${millionths / 1_000_000n}${places && '.'}${places}`
}

/** floor(bytes x ratio). */
export function scaleBytes(bytes: bigint, ratio: Ratio): bigint {
  return (bytes * ratio.numerator) / ratio.denominator
}

/** The same ratio in lowest terms. */
export function reduceRatio({ numerator, denominator }: Ratio): Ratio {
  let [divisor, rest] = [denominator, numerator < 0n ? -numerator : numerator]
  while (rest > 0n) [divisor, rest] = [rest, divisor % rest]
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}
