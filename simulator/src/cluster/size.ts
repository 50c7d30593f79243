import { Refusal } from './refusal.ts'

/** Sizes are multiples of this; the real API refuses anything else. */
export const SIZE_GRANULARITY_BYTES = 4096n

const BYTES_PER_UNIT: Record<string, bigint> = {
  '': 1n,
  b: 1n,
  kib: 1n << 10n,
  mib: 1n << 20n,
  gib: 1n << 30n,
  tib: 1n << 40n,
  pib: 1n << 50n,
}

/**
 * Reads a size as its callers write it: `4 gib`, `4GiB`, `4294967296b`, `4294967296`.
 * Units are binary and case-insensitive; no unit means bytes. Answers undefined for anything else.
 */
export function parseByteCount(text: string): bigint | undefined {
  const match = /^\s*(\d{1,19})\s*([a-z]*)\s*$/i.exec(text)
  const bytesPerUnit = BYTES_PER_UNIT[match?.[2]?.toLowerCase() ?? 'no match']
  if (!match?.[1] || bytesPerUnit === undefined) return undefined
  return BigInt(match[1]) * bytesPerUnit
}

/** The size of a volume to create or resize. Refuses zero, unreadable text and broken granularity. */
export function parseVolumeSize(text: string): bigint {
  const sizeBytes = parseByteCount(text)
  if (sizeBytes === undefined) throw new Refusal('InvalidArgument', `size "${text}" cannot be read`)
  if (sizeBytes === 0n) throw new Refusal('InvalidArgument', 'size must be greater than zero')
  if (sizeBytes % SIZE_GRANULARITY_BYTES !== 0n) {
    throw new Refusal(
      'InvalidArgument',
      `size ${sizeBytes} is not a multiple of ${SIZE_GRANULARITY_BYTES} bytes`,
    )
  }
  return sizeBytes
}
