import { expect, test } from 'vitest'
import { lingeringDelayMs } from './lingering-delay.ts'

test.each([
  ['that a clone of ours holds is let lie', 1, 0, 3_600_000],
  ['that one of ours has held for long, too', 7, 1e9, 3_600_000],
  ['that nothing of ours holds any more is asked for soon', 0, 0, 5_000],
  ['that others hold is asked for after as long again', 0, 40_000, 40_000],
  ['that others hold for ever is still asked for now and then', 0, 1e9, 300_000],
])('one %s', (_name, cloneCount, stillMs, delayMs) => {
  expect(lingeringDelayMs({ cloneCount, stillMs })).toBe(delayMs)
})
