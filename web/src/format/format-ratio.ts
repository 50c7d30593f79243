/** A provisioned ratio with two decimals, `1.24×`; a dash when it is not known. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? '–' : `${ratio.toFixed(2)}×`
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
