export const SIZE_UNITS = ['GiB', 'TiB'] as const
export type SizeUnit = (typeof SIZE_UNITS)[number]

const BYTES_PER_UNIT: Record<SizeUnit, bigint> = { GiB: 1n << 30n, TiB: 1n << 40n }
const DECIMAL = /^(\d{1,12})(?:\.(\d{1,12}))?$/

/**
 * What a person typed, as whole bytes: `1.5` `TiB` is 1,649,267,441,664. Null when it is not a
 * positive decimal number, or names a fraction of a byte.
 */
export function parseSize(text: string, unit: SizeUnit): bigint | null {
  const match = DECIMAL.exec(text.trim())
  if (!match) return null
  const [, whole = '', fraction = ''] = match
  const scale = 10n ** BigInt(fraction.length)
  const scaledBytes = BigInt(whole + fraction) * BYTES_PER_UNIT[unit]
  if (scaledBytes === 0n || scaledBytes % scale !== 0n) return null
  return scaledBytes / scale
}

/** The reverse, for filling in a form: the largest unit that states the size in whole numbers, else GiB. */
export function splitSize(bytes: bigint): { readonly text: string; readonly unit: SizeUnit } {
  if (bytes % BYTES_PER_UNIT.TiB === 0n) return { text: String(bytes / BYTES_PER_UNIT.TiB), unit: 'TiB' }
  return { text: String(Number(bytes) / Number(BYTES_PER_UNIT.GiB)), unit: 'GiB' }
}
