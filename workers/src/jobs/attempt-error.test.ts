import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { Logger } from 'pino'
import { expect, test } from 'vitest'
import { attemptError } from './attempt-error.ts'

const LOG = { debug: () => {}, error: () => {} } as unknown as Logger

test.each<[what: string, error: unknown, code: string, earliestMs: number, latestMs: number]>([
  ['a definite no', new DriverError('REFUSED', 'INVALID_ARGUMENT', 'no'), 'INVALID_ARGUMENT', 10_000, 20_000],
  ['a busy object', new DriverError('REFUSED', 'BUSY', 'busy'), 'BUSY', 2_000, 4_000],
  [
    'a lost race',
    new DriverError('REFUSED', 'PRECONDITION_FAILED', 'changed'),
    'PRECONDITION_FAILED',
    2_000,
    4_000,
  ],
  ['no answer', new DriverError('UNKNOWN', 'TIMEOUT', 'none'), 'TIMEOUT', 2_000, 4_000],
  ['an error of our own', new Error('secret'), 'FAULT', 2_000, 4_000],
  [
    'a cluster that asks for time',
    new DriverError('UNAVAILABLE', 'THROTTLED', 'later', { retryAfterMs: 7_000 }),
    'THROTTLED',
    7_000,
    7_000,
  ],
  [
    'one that asks for too much of it',
    new DriverError('UNAVAILABLE', 'THROTTLED', 'later', { retryAfterMs: 600_000 }),
    'THROTTLED',
    60_000,
    60_000,
  ],
])('%s is followed by the next attempt in its time', (_what, thrown, code, earliestMs, latestMs) => {
  const after = (random: number) => attemptError(LOG, { random: () => random }, 'vol_1', thrown)
  expect(after(0)).toMatchObject({ error: { code }, delayMs: earliestMs })
  expect(after(1).delayMs).toBe(latestMs)
})
