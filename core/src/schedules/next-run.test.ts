import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { latestRun } from './latest-run.ts'
import { nextRun } from './next-run.ts'
import { MAX_EVERY_SECONDS, MIN_EVERY_SECONDS, type Recurrence } from './recurrence.ts'

const START = new Date('2000-01-01T00:00:00Z')

const every = (everySeconds: number, startAt: string): Recurrence => ({
  kind: 'INTERVAL',
  everySeconds,
  startAt: new Date(startAt),
})
const at = (pattern: string, timeZone = 'UTC', startAt = START): Recurrence => ({
  kind: 'PATTERN',
  pattern,
  timeZone,
  startAt,
})

function runsAfter(recurrence: Recurrence, after: string, count: number): string[] {
  const runs: string[] = []
  let last = new Date(after)
  while (runs.length < count) {
    last = nextRun(recurrence, last)
    runs.push(last.toISOString().replace('.000Z', 'Z'))
  }
  return runs
}

describe('an interval', () => {
  const hourly = every(3_600, '2026-11-22T00:10:00.250Z')
  test.each([
    ['before its start comes at its start', '2026-11-21T00:00:00Z', '2026-11-22T00:10:00.250Z'],
    ['at its start comes an interval later', '2026-11-22T00:10:00.250Z', '2026-11-22T01:10:00.250Z'],
    ['just before one', '2026-11-22T02:10:00.249Z', '2026-11-22T02:10:00.250Z'],
    ['at one comes at the next', '2026-11-22T02:10:00.250Z', '2026-11-22T03:10:00.250Z'],
    ['after a year of missed ones comes within the hour', '2027-11-22T02:30:00Z', '2027-11-22T03:10:00.250Z'],
  ])('%s', (_what, after, expected) => {
    expect(nextRun(hourly, new Date(after))).toEqual(new Date(expected))
  })
})

describe('a pattern is read in its time zone', () => {
  test.each<[what: string, recurrence: Recurrence, after: string, runs: string[]]>([
    [
      'a night in two zones',
      at('0 3 * * *', 'America/New_York'),
      '2026-11-22T00:00:00Z',
      ['2026-11-22T08:00:00Z', '2026-11-23T08:00:00Z'],
    ],
    [
      'half an hour beside the hour',
      at('0 9 * * MON-FRI', 'Asia/Kolkata'),
      '2026-11-20T12:00:00Z',
      ['2026-11-23T03:30:00Z', '2026-11-24T03:30:00Z'],
    ],
    [
      'the last day of a month',
      at('0 0 L * *'),
      '2027-01-31T00:00:00Z',
      ['2027-02-28T00:00:00Z', '2027-03-31T00:00:00Z'],
    ],
    ['a leap day', at('0 0 29 2 *'), '2096-03-01T00:00:00Z', ['2104-02-29T00:00:00Z']],
    [
      'not before its start, which counts',
      at('0 * * * *', 'UTC', new Date('2026-11-22T05:00:00Z')),
      '2026-11-22T00:00:00Z',
      ['2026-11-22T05:00:00Z', '2026-11-22T06:00:00Z'],
    ],
  ])('%s', (_what, recurrence, after, runs) => {
    expect(runsAfter(recurrence, after, runs.length)).toEqual(runs)
  })
})

describe('where the clock is changed', () => {
  test.each<[what: string, recurrence: Recurrence, after: string, runs: string[]]>([
    [
      'a moment that is skipped comes when the clock goes on, and once',
      at('30 2 * * *', 'Europe/Berlin'),
      '2027-03-27T00:00:00Z',
      ['2027-03-27T01:30:00Z', '2027-03-28T01:00:00Z', '2027-03-29T00:30:00Z'],
    ],
    [
      'a midnight that is skipped does not cost the day its run',
      at('0 0 * * *', 'America/Santiago'),
      '2026-09-04T12:00:00Z',
      ['2026-09-05T04:00:00Z', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
    ],
    [
      'a moment that is shown twice comes once',
      at('30 2 * * *', 'Europe/Berlin'),
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ],
    [
      'and not again for who looks between the two',
      at('30 2 * * *', 'Europe/Berlin'),
      '2026-10-25T00:45:00Z',
      ['2026-10-26T01:30:00Z'],
    ],
    [
      'every hour is every hour, 25 times in autumn',
      at('30 * * * *', 'Europe/Berlin'),
      '2026-10-24T23:00:00Z',
      ['2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'],
    ],
    [
      'and 23 times in spring',
      at('30 * * * *', 'Europe/Berlin'),
      '2027-03-27T23:45:00Z',
      ['2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z'],
    ],
  ])('%s', (_what, recurrence, after, runs) => {
    expect(runsAfter(recurrence, after, runs.length)).toEqual(runs)
  })
})

const HOUR_MS = 3_600_000
/** Days on which clocks are changed somewhere. */
const CHANGES = [
  '2027-03-14',
  '2027-03-28',
  '2027-04-04',
  '2027-04-30',
  '2027-09-05',
  '2027-10-03',
  '2027-10-31',
  '2027-11-07',
]
const moments = fc.oneof(
  fc.date({ min: new Date('2024-01-01'), max: new Date('2034-01-01'), noInvalidDate: true }),
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -36 * HOUR_MS, max: 60 * HOUR_MS }))
    .map(([day, offsetMs]) => new Date(Date.parse(day) + offsetMs)),
)
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
)
const minutes = fc.oneof(fc.constant('*'), fc.constantFrom('*/7', '0,30', '10-20/5'), fc.nat(59).map(String))
const hours = fc.oneof(fc.constant('*'), fc.constantFrom('*/5', '1,2,3'), fc.nat(23).map(String))
const days = fc.constantFrom('* * *', '1 * *', 'L * *', '* * MON-FRI', '* * 0', '15 1-6 *')
const recurrences = fc.oneof(
  fc.record({
    kind: fc.constant('INTERVAL' as const),
    everySeconds: fc.integer({ min: MIN_EVERY_SECONDS, max: MAX_EVERY_SECONDS }),
    startAt: moments,
  }),
  fc.record({
    kind: fc.constant('PATTERN' as const),
    pattern: fc.tuple(minutes, hours, days).map((parts) => parts.join(' ')),
    timeZone: zones,
    startAt: moments,
  }),
)

describe('always', () => {
  test('the next run is after now, and not before the start', () => {
    fc.assert(
      fc.property(recurrences, moments, (recurrence, now) => {
        const next = nextRun(recurrence, now)
        expect(next > now).toBe(true)
        expect(next >= recurrence.startAt).toBe(true)
      }),
    )
  })

  test('the latest run is the last that nextRun names up to now, and nothing lies between', () => {
    fc.assert(
      fc.property(recurrences, moments, (recurrence, now) => {
        const next = nextRun(recurrence, now)
        expect(latestRun(recurrence, next)).toEqual(next)
        const latest = latestRun(recurrence, now)
        if (latest === null) expect(next).toEqual(nextRun(recurrence, new Date(0)))
        else {
          expect(latest <= now).toBe(true)
          expect(nextRun(recurrence, latest)).toEqual(next)
        }
      }),
    )
  })

  test('two runs are a minute apart at least', () => {
    fc.assert(
      fc.property(recurrences, moments, (recurrence, now) => {
        const first = nextRun(recurrence, now)
        expect(nextRun(recurrence, first).getTime() - first.getTime()).toBeGreaterThanOrEqual(60_000)
      }),
    )
  })
})
