import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forecastGate, type GatePoint, HORIZON_DAYS, MIN_SAMPLES } from './forecast-gate.ts'
import { DAY_MS, HOUR_MS } from './resolution.ts'

const GIB = 1n << 30n
const START_MS = Date.UTC(2026, 10, 1)

/** One point a day, `bytesAt` of the day. */
function daily(days: number, bytesAt: (day: number) => bigint): GatePoint[] {
  return Array.from({ length: days }, (_, day) => ({ atMs: START_MS + day * DAY_MS, bytes: bytesAt(day) }))
}

describe('the days until a gate', () => {
  test('of steady growth are what is left over the growth', () => {
    const forecast = forecastGate(
      daily(30, (day) => BigInt(day) * 10n * GIB),
      500n * GIB,
    )
    expect(forecast).toMatchObject({
      outcome: 'GROWING',
      confidence: 'HIGH',
      sampleCount: 30,
      historyDays: 29,
    })
    expect(forecast.days).toBeCloseTo(50)
    expect(forecast.earliestDays).toBeCloseTo(50)
    expect(forecast.latestDays).toBeCloseTo(50)
    expect(forecast.growthBytesPerDay).toBeCloseTo(Number(10n * GIB))
  })

  test.each<[string, GatePoint[], bigint, object]>([
    ['no history', [], GIB, { outcome: 'NOT_ENOUGH_HISTORY', days: null, historyDays: 0, confidence: null }],
    ['too few samples', daily(MIN_SAMPLES - 1, BigInt), GIB, { outcome: 'NOT_ENOUGH_HISTORY' }],
    [
      'too short a time',
      Array.from({ length: 20 }, (_, hour) => ({ atMs: hour * HOUR_MS, bytes: BigInt(hour) })),
      GIB,
      { outcome: 'NOT_ENOUGH_HISTORY', growthBytesPerDay: null },
    ],
    ['nothing left, without history', [], 0n, { outcome: 'REACHED', days: 0 }],
    ['past the gate', daily(30, () => GIB), -GIB, { outcome: 'REACHED', days: 0, leftBytes: -GIB }],
    ['flat', daily(30, () => GIB), GIB, { outcome: 'NOT_GROWING', days: null, confidence: 'HIGH' }],
    [
      'shrinking',
      daily(30, (day) => BigInt(100 - day) * GIB),
      GIB,
      { outcome: 'NOT_GROWING', days: null, earliestDays: null, confidence: 'HIGH' },
    ],
    [
      'one step, a migration that is over',
      daily(30, (day) => (day < 10 ? 0n : 900n * GIB)),
      100n * GIB,
      { outcome: 'NOT_GROWING', days: null },
    ],
    ['so slow that it is no figure', daily(30, BigInt), 1n << 50n, { outcome: 'BEYOND_HORIZON', days: null }],
    [
      'a history shorter than a quarter of the forecast',
      daily(20, (day) => BigInt(day) * GIB),
      200n * GIB,
      { outcome: 'GROWING', confidence: 'LOW' },
    ],
  ])('%s', (_name, points, leftBytes, expected) => {
    expect(forecastGate(points, leftBytes)).toMatchObject(expected)
  })

  test('steps that come again and again are growth', () => {
    const forecast = forecastGate(
      daily(56, (day) => BigInt(Math.floor(day / 7)) * 70n * GIB),
      700n * GIB,
    )
    expect(forecast.outcome).toBe('GROWING')
    expect(forecast.days).toBeGreaterThan(60)
    expect(forecast.days).toBeLessThan(80)
  })

  test('a gap changes nothing', () => {
    const points = daily(40, (day) => BigInt(day) * GIB).filter((_, day) => day < 10 || day > 25)
    expect(forecastGate(points, 100n * GIB).days).toBeCloseTo(100)
  })

  test('a few wild figures do not move it, where a mean or a straight line would', () => {
    const points = daily(40, (day) => (day % 8 === 5 ? 90_000n : BigInt(day)) * GIB)
    expect(forecastGate(points, 100n * GIB).days).toBeCloseTo(100, -1)
  })
})

const anyPoints = fc
  .array(fc.record({ gapMs: fc.integer({ min: 1, max: 3 * DAY_MS }), bytes: fc.bigInt(0n, 1n << 60n) }), {
    maxLength: 200,
  })
  .map((steps) => {
    let atMs = START_MS
    return steps.map(({ gapMs, bytes }) => {
      atMs += gapMs
      return { atMs, bytes }
    })
  })
const anyLeft = fc.bigInt(-(1n << 60n), 1n << 60n)

describe('whatever the history', () => {
  test('figures are finite, in order, and null only where the outcome says so', () => {
    fc.assert(
      fc.property(anyPoints, anyLeft, (points, leftBytes) => {
        const { outcome, days, earliestDays, latestDays, growthBytesPerDay } = forecastGate(points, leftBytes)
        expect(days === null).toBe(outcome !== 'REACHED' && outcome !== 'GROWING')
        for (const figure of [days, earliestDays, latestDays]) {
          if (figure !== null) expect(figure >= 0 && figure <= HORIZON_DAYS).toBe(true)
        }
        if (growthBytesPerDay !== null) expect(Number.isFinite(growthBytesPerDay)).toBe(true)
        if (outcome === 'REACHED') expect(leftBytes <= 0n).toBe(true)
        if (outcome !== 'GROWING') return
        expect(earliestDays).not.toBeNull()
        expect(earliestDays ?? 0).toBeLessThanOrEqual(days ?? 0)
        if (latestDays !== null) expect(latestDays).toBeGreaterThanOrEqual(days ?? 0)
      }),
    )
  })

  test('when it began, and how much there was then, does not matter', () => {
    fc.assert(
      fc.property(anyPoints, anyLeft, fc.bigInt(0n, 1n << 62n), (points, leftBytes, moreBytes) => {
        const moved = points.map(({ atMs, bytes }) => ({
          atMs: atMs + 1_000 * DAY_MS,
          bytes: bytes + moreBytes,
        }))
        expect(forecastGate(moved, leftBytes)).toEqual(forecastGate(points, leftBytes))
      }),
    )
  })

  test('with more left it takes no less time', () => {
    fc.assert(
      fc.property(anyPoints, anyLeft, fc.bigInt(0n, 1n << 60n), (points, leftBytes, moreBytes) => {
        const now = forecastGate(points, leftBytes).days
        const later = forecastGate(points, leftBytes + moreBytes).days
        if (now !== null && later !== null) expect(later).toBeGreaterThanOrEqual(now)
      }),
    )
  })

  test('of two equal histories the steeper one is sooner', () => {
    fc.assert(
      fc.property(fc.bigInt(2n, 1_000n), fc.bigInt(2n, 50n), (perDay, times) => {
        const slow = forecastGate(
          daily(30, (day) => BigInt(day) * perDay),
          10_000n,
        ).days
        const fast = forecastGate(
          daily(30, (day) => BigInt(day) * perDay * times),
          10_000n,
        ).days
        expect(fast).not.toBeNull()
        if (slow !== null) expect(fast).toBeLessThan(slow)
      }),
    )
  })
})
