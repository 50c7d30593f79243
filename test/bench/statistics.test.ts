import { expect, test } from 'vitest'
import { medianAndGreatest } from './statistics.ts'

test.each([
  [[1, 5, 2], '2.0 (5.0)'],
  [[2, 2.04, 1], '2.0'],
  [[3], '3.0'],
])('of %j the median, and the greatest where it is another: %s', (values, text) => {
  expect(medianAndGreatest(values, 1)).toBe(text)
})
