import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBytes, MAX_SIZE_BYTES, parseBytes } from './bytes.ts'

test.each<[name: string, input: unknown, bytes: bigint]>([
  ['a decimal string', '107374182400', 107_374_182_400n],
  ['an integer', 107_374_182_400, 107_374_182_400n],
  ['a bigint', 1n << 62n, 1n << 62n],
  ['zero', '0', 0n],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991n],
  ['a string beyond 2^53', '9007199254740993', 9_007_199_254_740_993n],
  ['the last value of the column', '9223372036854775807', 2n ** 63n - 1n],
  ['a unit', '100GiB', 100n << 30n],
  ['a unit after a blank', '100 GiB', 100n << 30n],
  ['a unit in lower case', '4kib', 4096n],
  ['plain bytes with their unit', '512B', 512n],
  ['the largest unit', '1EiB', MAX_SIZE_BYTES],
  ['blanks around', ' 42 ', 42n],
])('reads %s', (_name, input, bytes) => {
  expect(parseBytes(input)).toBe(bytes)
})

test.each<[name: string, input: unknown]>([
  ['nothing', ''],
  ['only a unit', 'GiB'],
  ['a decimal unit', '100GB'],
  ['a unit of bits', '100Gib1'],
  ['a fraction', '1.5GiB'],
  ['a fraction as a number', 1.5],
  ['a negative string', '-1'],
  ['a negative number', -1],
  ['a negative bigint', -1n],
  ['a sign', '+1'],
  ['an exponent', '1e3'],
  ['hexadecimal', '0x10'],
  ['digits of another script', '١٢٣'],
  ['separators', '1_000'],
  ['an unsafe integer', 2 ** 53],
  ['infinity', Number.POSITIVE_INFINITY],
  ['no number', Number.NaN],
  ['2^63', '9223372036854775808'],
  ['2^63 as a bigint', 1n << 63n],
  ['2^63 by its unit', '8EiB'],
  ['twenty digits', '10000000000000000000'],
  ['a property of every object', 'toString'],
  ['null', null],
  ['undefined', undefined],
  ['an object', {}],
])('refuses %s', (_name, input) => {
  expect(parseBytes(input)).toBeNull()
})

const column = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

test('every value of the column comes back from its decimal string', () => {
  fc.assert(fc.property(column, (bytes) => parseBytes(bytes.toString()) === bytes))
})

test.each([
  [0n, '0 B'],
  [1023n, '1023 B'],
  [1024n, '1.00 KiB'],
  [1536n << 30n, '1.50 TiB'],
  [25n << 40n, '25.0 TiB'],
  [999n << 30n, '999 GiB'],
  [-(2n << 30n), '-2.00 GiB'],
  [2n ** 63n - 1n, '8.00 EiB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('what people read is within half a hundredth of what is there', () => {
  fc.assert(
    fc.property(column, (bytes) => {
      const [value = '', unit = ''] = formatBytes(bytes).split(' ')
      const unitBytes = Number(parseBytes(`1${unit}`))
      expect(Math.abs(Number(value) * unitBytes - Number(bytes))).toBeLessThanOrEqual(
        Number(bytes) * 0.005 + 1,
      )
    }),
  )
})

test.each([
  [1_996n << 30n, '1.94 TiB', '1.95 TiB'],
  [2n << 40n, '2.00 TiB', '2.00 TiB'],
  [(2n << 40n) - 1n, '1.99 TiB', '2.00 TiB'],
  [(1n << 40n) - 1n, '1023 GiB', '1024 GiB'],
  [1_023n, '1023 B', '1023 B'],
])('%s bytes are at least %s and at most %s', (bytes, down, up) => {
  expect([formatBytes(bytes, 'DOWN'), formatBytes(bytes, 'UP')]).toEqual([down, up])
})
