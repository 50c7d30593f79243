import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextPollDelayMs } from './poll-schedule.ts'

const schedule = { intervalMs: 10_000, inventoryIntervalMs: 300_000 }

test.each([
  ['a healthy cluster', 0, 0, 10_000],
  ['shortened by a fifth at most', 0, 0.999_999, 8_000],
  ['one failure is tried again in the same time', 1, 0, 10_000],
  ['two failures are a loss', 2, 0, 15_000],
  ['many failures', 1_000_000, 0, 15_000],
])('%s', (_name, failures, random, delayMs) => {
  expect(nextPollDelayMs(schedule, failures, random)).toBe(delayMs)
})

test.each([
  ['less than the schedule anyway', 3_000, 10_000],
  ['more than the schedule', 45_000, 45_000],
  ['more than a minute', 3_600_000, 60_000],
])('a cluster that asks to be left alone for %s', (_name, retryAfterMs, delayMs) => {
  expect(nextPollDelayMs(schedule, 1, 0, retryAfterMs)).toBe(delayMs)
})

test('rule 9: never longer than one and a half intervals, never shorter than four fifths, and never shorter for more failures', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 100, max: 3_600_000 }),
      random,
      (failures, intervalMs, chance) => {
        const delayMs = nextPollDelayMs({ ...schedule, intervalMs }, failures, chance)
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(intervalMs * 0.8))
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(intervalMs * 1.5))
        expect(nextPollDelayMs({ ...schedule, intervalMs }, failures + 1, chance)).toBeGreaterThanOrEqual(
          delayMs,
        )
      },
    ),
  )
})
