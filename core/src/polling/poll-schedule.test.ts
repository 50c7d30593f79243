import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPollDelayMs } from './poll-schedule.ts'

const schedule = { intervalMs: 10_000, inventoryIntervalMs: 300_000 }

test.each([
  ['the interval', 0, 10_000],
  ['shortened by a fifth at most', 0.999_999, 8_000],
])('%s', (_name, random, delayMs) => {
  expect(nextPollDelayMs(schedule, random)).toBe(delayMs)
})

test.each([
  ['less than the schedule anyway', 3_000, 10_000],
  ['more than the schedule', 45_000, 45_000],
  ['more than a minute', 3_600_000, 60_000],
])('a cluster that asks to be left alone for %s', (_name, retryAfterMs, delayMs) => {
  expect(nextPollDelayMs(schedule, 0, retryAfterMs)).toBe(delayMs)
})

test('rule 9: never longer than an interval, never shorter than four fifths', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 3_600_000 }), random, (intervalMs, chance) => {
      const delayMs = nextPollDelayMs({ ...schedule, intervalMs }, chance)
      expect(delayMs).toBeGreaterThanOrEqual(Math.floor(intervalMs * 0.8))
      expect(delayMs).toBeLessThanOrEqual(intervalMs)
    }),
  )
})
