import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('delays double up to half a minute and begin anew after a long run', () => {
  const backOff = new BackOff()
  expect(Array.from({ length: 7 }, () => backOff.next(0))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ])
  expect(backOff.next(60_000)).toBe(1_000)
})
