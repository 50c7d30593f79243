const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const
const KIB = 1024
const GROUPED = new Intl.NumberFormat('en-GB')

/** Bytes as the API writes them: a decimal string of whole bytes. */
export function parseBytes(bytes: string): bigint {
  return BigInt(bytes)
}

/**
 * Three significant digits in the largest base-2 unit that keeps the figure at 1 or more:
 * `1.25 TiB`, `12.5 TiB`, `125 TiB`, `1,023 GiB`. Whole bytes stay exact.
 */
export function formatBytes(bytes: bigint): string {
  if (bytes < 0n) return `−${formatBytes(-bytes)}`
  let value = Number(bytes)
  let unit = 0
  while (unit < UNITS.length - 1 && roundsUpToNextUnit(value)) {
    value /= KIB
    unit += 1
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit]}`
}

/** The figure behind the rounding: `1,374,389,534,720 bytes`. */
export function formatExactBytes(bytes: bigint): string {
  return `${GROUPED.format(bytes)} ${bytes === 1n ? 'byte' : 'bytes'}`
}

/** `1023.7 GiB` would print as `1,024 GiB`; it is shown as `1.00 TiB`. */
function roundsUpToNextUnit(value: number): boolean {
  return Math.round(value) >= KIB
}

function threeDigits(value: number): string {
  if (value >= 99.95) return GROUPED.format(Math.round(value))
  return value.toFixed(value >= 9.995 ? 1 : 2)
}
