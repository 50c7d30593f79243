import { expect, test } from 'vitest'
import { formatAge, formatDuration } from './format-age.ts'

test.each([
  [-5_000, '0 s'],
  [999, '0 s'],
  [12_400, '12 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [7_200_000, '2 h'],
  [9 * 86_400_000, '9 d'],
])('%d ms ago is %s', (elapsedMs, text) => {
  expect(formatAge(elapsedMs)).toBe(text)
})

test.each([
  [12.4, '12 ms'],
  [1_250, '1.3 s'],
  [61_000, '1 min'],
])('%d ms took %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})
