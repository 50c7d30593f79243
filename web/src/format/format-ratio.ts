/**
 * A provisioned ratio, `1.24×`; a dash when it is not known. Four decimals where ratios are compared with each other:
 * the clusters of a balanced fleet differ only there.
 */
export function formatRatio(ratio: number | null, decimals: 2 | 4 = 2): string {
  return ratio === null ? '–' : `${ratio.toFixed(decimals)}×`
}

/** A fraction as whole percent, `62 %`; one decimal below 10 %, so that small changes stay visible. */
export function formatPercent(fraction: number | null): string {
  if (fraction === null) return '–'
  const percent = fraction * 100
  return `${percent === 0 || percent >= 9.95 ? Math.round(percent) : percent.toFixed(1)} %`
}

/** `part / whole` for drawing and percent; null when there is no whole. Exact up to double precision. */
export function fractionOf(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number(part) / Number(whole)
}
