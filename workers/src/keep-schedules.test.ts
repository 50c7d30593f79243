import { expect, test } from 'vitest'
import { lookEveryMs } from './keep-schedules.ts'

test.each([
  [10_000, 2_000],
  [2_500, 500],
  [500, 500],
  [100, 500],
])('with a poll interval of %i ms due clusters are looked for each %i ms', (intervalMs, everyMs) => {
  expect(lookEveryMs({ intervalMs, inventoryIntervalMs: 60_000 })).toBe(everyMs)
})
