/** Largest size this system handles: 1 EiB. Three replicas of it still fit a signed 64-bit column. */
export const MAX_SIZE_BYTES = 1n << 60n

const UNIT_BYTES = {
  B: 1n,
  KIB: 1n << 10n,
  MIB: 1n << 20n,
  GIB: 1n << 30n,
  TIB: 1n << 40n,
  PIB: 1n << 50n,
  EIB: 1n << 60n,
} as const

export const BYTES_ALLOWED =
  'a whole number of bytes as a decimal string ("107374182400") or safe integer, ' +
  'or a whole number with a binary unit: B, KiB, MiB, GiB, TiB, PiB, EiB ("100GiB")'

/**
 * Reads a count of bytes as people and programs write it: `107374182400`, `"107374182400"`, `"100GiB"`, `"100 GiB"`.
 * Decimal units (GB), fractions, signs and integers beyond 2^53 given as numbers are refused, because each of them
 * has been read two ways by somebody.
 *
 * @returns the count, 0 <= n < 2^63, or `null` when the text is none
 */
export function parseBytes(input: unknown): bigint | null {
  if (typeof input === 'bigint') return withinColumn(input)
  if (typeof input === 'number') return Number.isSafeInteger(input) ? withinColumn(BigInt(input)) : null
  if (typeof input !== 'string') return null
  const match = /^(\d{1,19}) ?([a-zA-Z]{1,3})?$/.exec(input.trim())
  if (!match?.[1]) return null
  const unit = (match[2] ?? 'B').toUpperCase()
  if (!(unit in UNIT_BYTES)) return null
  return withinColumn(BigInt(match[1]) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES])
}

function withinColumn(bytes: bigint): bigint | null {
  return bytes >= 0n && bytes < 1n << 63n ? bytes : null
}

const FORMAT_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** DOWN where more would be refused, UP where less would not do. */
export type ByteRounding = 'NEAREST' | 'DOWN' | 'UP'

/** Three significant digits in base 2, for messages to people: `1.50 TiB`. Exact figures travel as bytes. */
export function formatBytes(bytes: bigint, rounding: ByteRounding = 'NEAREST'): string {
  const magnitude = bytes < 0n ? -bytes : bytes
  let unit = 0
  while (unit < FORMAT_UNITS.length - 1 && magnitude >= 1n << BigInt(10 * (unit + 1))) unit++
  if (unit === 0) return `${bytes} B`
  const value = Number(bytes) / 2 ** (10 * unit)
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2
  const rounded = rounding === 'NEAREST' ? value : roundedTo(bytes, unit, digits, rounding)
  return `${rounded.toFixed(digits)} ${FORMAT_UNITS[unit]}`
}

function roundedTo(bytes: bigint, unit: number, digits: number, rounding: 'DOWN' | 'UP'): number {
  const scaled = bytes * 10n ** BigInt(digits)
  const floor = scaled >> BigInt(10 * unit)
  const isWhole = floor << BigInt(10 * unit) === scaled
  return Number(rounding === 'UP' && !isWhole ? floor + 1n : floor) / 10 ** digits
}
