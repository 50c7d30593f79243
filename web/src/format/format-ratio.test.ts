import { expect, test } from 'vitest'
import { formatPercent, formatRatio, fractionOf } from './format-ratio.ts'

test('ratios carry two decimals and may pass one', () => {
  expect(formatRatio(1.236)).toBe('1.24×')
  expect(formatRatio(null)).toBe('–')
})

test('percent keeps a decimal where it is small', () => {
  expect([0, 0.004, 0.0994, 0.62, 1.5].map(formatPercent)).toEqual(['0 %', '0.4 %', '9.9 %', '62 %', '150 %'])
})

test('unknown is null, not zero and not infinite', () => {
  expect(fractionOf(1n, 0n)).toBeNull()
  expect(fractionOf(1n, 4n)).toBe(0.25)
})
