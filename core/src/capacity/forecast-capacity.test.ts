import { expect, test } from 'vitest'
import type { SeriesPoint } from './capacity-sample.ts'
import { forecastCluster, forecastFleet } from './forecast-capacity.ts'
import { DAY_MS, finestSince } from './resolution.ts'
import { sumSeries } from './sum-series.ts'

const TIB = 1n << 40n
const POLICY = {
  maxProvisionedRatio: { numerator: 3n, denominator: 2n },
  minFreeRatio: { numerator: 1n, denominator: 10n },
}
const FIGURES = {
  provisionedBytes: 80n * TIB,
  pendingBytes: 10n * TIB,
  effectiveBytes: 100n * TIB,
  freeBytes: 30n * TIB,
}

function series(from: number, to: number, promisedPerDay: bigint, writtenPerDay: bigint): SeriesPoint[] {
  return Array.from({ length: to - from }, (_, index) => ({
    atMs: (from + index) * DAY_MS,
    promisedBytes: BigInt(index) * promisedPerDay,
    writtenBytes: BigInt(index) * writtenPerDay,
  }))
}

test('each gate has its own distance: the limit on what is promised, the floor of what is free', () => {
  const { promised, written } = forecastCluster(series(0, 30, 2n * TIB, TIB), FIGURES, POLICY)
  expect(promised.leftBytes).toBe(60n * TIB)
  expect(promised.days).toBeCloseTo(30)
  expect(written.leftBytes).toBe(20n * TIB)
  expect(written.days).toBeCloseTo(20)
})

test('the fleet fills as its clusters do together', () => {
  const cluster = { points: series(0, 30, 2n * TIB, TIB), figures: FIGURES }
  const { promised, written } = forecastFleet([cluster, cluster], POLICY)
  expect(promised).toMatchObject({ leftBytes: 120n * TIB, outcome: 'GROWING' })
  expect(promised.days).toBeCloseTo(30)
  expect(written.days).toBeCloseTo(20)
})

test('a cluster past its gate takes nothing from what the others have left', () => {
  const full = { points: [], figures: { ...FIGURES, provisionedBytes: 400n * TIB } }
  const cluster = { points: series(0, 30, 2n * TIB, TIB), figures: FIGURES }
  expect(forecastFleet([cluster, full], POLICY).promised.leftBytes).toBe(60n * TIB)
})

test('a cluster that joins with volumes on it is no growth of the fleet', () => {
  const joined = { points: series(25, 30, 0n, 0n).map((each) => ({ ...each, promisedBytes: 500n * TIB })) }
  const steady = { points: series(0, 30, TIB, 0n), figures: FIGURES }
  const { promised } = forecastFleet([steady, { ...joined, figures: FIGURES }], POLICY)
  expect(promised.growthBytesPerDay).toBeCloseTo(Number(TIB), -6)
})

test('a fleet of which nothing is known has nothing left and no history', () => {
  expect(sumSeries([])).toEqual([])
  expect(sumSeries([[], []])).toEqual([])
  expect(forecastFleet([], POLICY).promised).toMatchObject({ outcome: 'REACHED', sampleCount: 0 })
})

test.each([
  [1, 'FIVE_MINUTES'],
  [2, 'FIVE_MINUTES'],
  [3, 'HOUR'],
  [60, 'HOUR'],
  [61, 'DAY'],
  [9_999, 'DAY'],
])('what began %i days ago is seen by %s', (days, resolution) => {
  expect(finestSince(0, days * DAY_MS)).toBe(resolution)
})
