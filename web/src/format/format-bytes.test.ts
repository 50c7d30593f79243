import { describe, expect, test } from 'vitest'
import { formatBytes, formatExactBytes } from './format-bytes.ts'

const GIB = 1n << 30n
const TIB = 1n << 40n

describe('formatBytes', () => {
  test.each([
    [0n, '0 B'],
    [1023n, '1023 B'],
    [1024n, '1.00 KiB'],
    [(TIB * 5n) / 4n, '1.25 TiB'],
    [(TIB * 25n) / 2n, '12.5 TiB'],
    [125n * TIB, '125 TiB'],
    [1023n * GIB, '1,023 GiB'],
    [TIB - 1n, '1.00 TiB'],
    [TIB * 10n - 1n, '10.0 TiB'],
    [TIB * 100n - 1n, '100 TiB'],
    [1n << 63n, '8.00 EiB'],
    [-TIB, '−1.00 TiB'],
  ])('%s is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test('never claims a decimal unit', () => {
    expect(formatBytes(1_000_000_000n)).toBe('954 MiB')
  })
})

test('exact bytes keep every digit', () => {
  expect(formatExactBytes(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993 bytes')
  expect(formatExactBytes(1n)).toBe('1 byte')
})
