import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareRatios,
  parseRatio,
  projectedRatio,
  type Ratio,
  ratioToNumber,
  reduceRatio,
  scaleBytes,
} from './ratio.ts'

const ratio = (numerator: bigint, denominator: bigint): Ratio => ({ numerator, denominator })
const beyondFloats = 2n ** 60n

test.each<[name: string, a: Ratio, b: Ratio, sign: number]>([
  ['equal in other terms', ratio(1n, 2n), ratio(2n, 4n), 0],
  ['lower', ratio(1n, 3n), ratio(1n, 2n), -1],
  ['higher', ratio(2n, 3n), ratio(1n, 2n), 1],
  [
    'one byte apart beyond 2^53',
    ratio(beyondFloats, beyondFloats + 1n),
    ratio(beyondFloats + 1n, beyondFloats + 1n),
    -1,
  ],
  [
    'apart by the denominator only',
    ratio(beyondFloats, beyondFloats),
    ratio(beyondFloats, beyondFloats + 1n),
    1,
  ],
])('compares: %s', (_name, a, b, sign) => {
  expect(compareRatios(a, b)).toBe(sign)
  expect(compareRatios(b, a)).toBe(sign === 0 ? 0 : -sign)
})

const positive = fc.bigInt({ min: 1n, max: 2n ** 63n })

test('one byte more is a higher ratio, and more capacity a lower one, at any size', () => {
  fc.assert(
    fc.property(positive, positive, (numerator, denominator) => {
      const here = ratio(numerator, denominator)
      expect(compareRatios(here, ratio(numerator + 1n, denominator))).toBe(-1)
      expect(compareRatios(here, ratio(numerator, denominator + 1n))).toBe(1)
      expect(compareRatios(here, ratio(numerator * 3n, denominator * 3n))).toBe(0)
    }),
  )
})

test('projected: provisioned, pending and requested over effective, to the byte', () => {
  const capacity = { provisionedBytes: 2n ** 61n, pendingBytes: 1n, effectiveBytes: 2n ** 60n }
  expect(projectedRatio(capacity, 2n)).toEqual(ratio(2n ** 61n + 3n, 2n ** 60n))
})

test.each([
  ['no capacity', 0n],
  ['a nonsensical capacity', -1n],
])('without a positive capacity there is no ratio: %s', (_name, effectiveBytes) => {
  expect(projectedRatio({ provisionedBytes: 0n, pendingBytes: 0n, effectiveBytes }, 1n)).toBeNull()
})

test.each<[text: string, value: Ratio | null]>([
  ['1.5', ratio(15n, 10n)],
  ['0', ratio(0n, 1n)],
  ['2', ratio(2n, 1n)],
  ['0.000001', ratio(1n, 1_000_000n)],
  ['', null],
  ['.5', null],
  ['1.', null],
  ['-1', null],
  ['1,5', null],
  ['1e1', null],
  ['1.1234567', null],
  ['Infinity', null],
])('a limit written as "%s"', (text, value) => {
  expect(parseRatio(text)).toEqual(value)
})

test('scaling rounds down, and is exact beyond 2^53', () => {
  expect(scaleBytes(10n, ratio(1n, 3n))).toBe(3n)
  expect(scaleBytes(2n ** 60n + 1n, ratio(3n, 1n))).toBe(3n * 2n ** 60n + 3n)
})

test('for charts a ratio is a number with six places', () => {
  expect(ratioToNumber(ratio(1n, 3n))).toBe(0.333333)
  expect(ratioToNumber(ratio(3n * beyondFloats, 2n * beyondFloats))).toBe(1.5)
})

test.each<[Ratio, Ratio]>([
  [ratio(6n, 4n), ratio(3n, 2n)],
  [ratio(-6n, 4n), ratio(-3n, 2n)],
  [ratio(0n, 7n), ratio(0n, 1n)],
  [ratio(3n * beyondFloats, 2n * beyondFloats), ratio(3n, 2n)],
])('lowest terms: %o is %o', (given, reduced) => {
  expect(reduceRatio(given)).toEqual(reduced)
})
