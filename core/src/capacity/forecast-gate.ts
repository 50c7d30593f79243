import { DAY_MS } from './resolution.ts'
import { type Trend, theilSen } from './theil-sen.ts'

export const FORECAST_OUTCOMES = [
  'NOT_ENOUGH_HISTORY',
  'REACHED',
  'GROWING',
  'NOT_GROWING',
  'BEYOND_HORIZON',
] as const
/** BEYOND_HORIZON: it grows, but so slowly that the day is no figure worth telling. */
export type ForecastOutcome = (typeof FORECAST_OUTCOMES)[number]

export const FORECAST_CONFIDENCES = ['LOW', 'MEDIUM', 'HIGH'] as const
export type ForecastConfidence = (typeof FORECAST_CONFIDENCES)[number]

/** When a gate will be reached if it goes on as it did. What is not known is null. */
export interface GateForecast {
  readonly outcome: ForecastOutcome
  /** What is left until the gate; negative behind it. */
  readonly leftBytes: bigint
  /** 0 when reached. */
  readonly days: number | null
  /** At the upper and lower end of the growth's 90% interval; `latestDays` is null when it may never be. */
  readonly earliestDays: number | null
  readonly latestDays: number | null
  readonly growthBytesPerDay: number | null
  readonly confidence: ForecastConfidence | null
  /** The history that this rests on. */
  readonly sampleCount: number
  readonly historyDays: number
}

export interface GatePoint {
  readonly atMs: number
  readonly bytes: bigint
}

/** Less than this is not enough history. */
export const MIN_SAMPLES = 8
export const MIN_HISTORY_DAYS = 1
/** Ten years. */
export const HORIZON_DAYS = 3_650
/** The estimate is quadratic in these. */
const MAX_POINTS = 60
/** A forecast much longer than its history is a guess. */
const MAX_REACH = 4

/**
 * @param points what fills the gate, in order of time
 * @param leftBytes until the gate, at present: a gate that was moved (a grown cluster) is at once where it is now
 */
export function forecastGate(points: readonly GatePoint[], leftBytes: bigint): GateForecast {
  const history = {
    sampleCount: points.length,
    historyDays: ((points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0)) / DAY_MS,
  }
  const unknown = { leftBytes, earliestDays: null, latestDays: null, confidence: null, ...history }
  const isEnough = history.sampleCount >= MIN_SAMPLES && history.historyDays >= MIN_HISTORY_DAYS
  const trend = isEnough ? trendOf(points) : null
  const growthBytesPerDay = trend ? trend.slope : null
  if (leftBytes <= 0n) return { ...unknown, outcome: 'REACHED', days: 0, growthBytesPerDay }
  if (!trend) return { ...unknown, outcome: 'NOT_ENOUGH_HISTORY', days: null, growthBytesPerDay }
  const earliestDays = daysUntil(leftBytes, trend.upper)
  const growing = { ...unknown, earliestDays, growthBytesPerDay }
  if (trend.slope <= 0) {
    const confidence = trend.upper > 0 ? 'LOW' : history.historyDays >= 14 ? 'HIGH' : 'MEDIUM'
    return { ...growing, outcome: 'NOT_GROWING', days: null, confidence }
  }
  const days = daysUntil(leftBytes, trend.slope)
  const confidence = days === null ? 'LOW' : confidenceOf(trend, days, history.historyDays)
  if (days === null) return { ...growing, outcome: 'BEYOND_HORIZON', days, confidence }
  return {
    ...growing,
    outcome: 'GROWING',
    days,
    latestDays: daysUntil(leftBytes, trend.lower),
    confidence,
  }
}

function trendOf(points: readonly GatePoint[]): Trend | null {
  const [first] = points
  if (!first) return null
  // Differences to the first are exact before they become floats.
  return theilSen(
    thin(points).map(({ atMs, bytes }) => ({
      at: (atMs - first.atMs) / DAY_MS,
      value: Number(bytes - first.bytes),
    })),
  )
}

/** Evenly in time, first and last always: the newest point of each of MAX_POINTS equal parts. */
function thin(points: readonly GatePoint[]): readonly GatePoint[] {
  const [first] = points
  const last = points.at(-1)
  if (!first || !last || points.length <= MAX_POINTS) return points
  const partMs = (last.atMs - first.atMs) / (MAX_POINTS - 1)
  const newest = new Map(points.map((point) => [Math.ceil((point.atMs - first.atMs) / partMs), point]))
  return [...newest.values()]
}

/** Null for never, or not within the horizon. */
function daysUntil(leftBytes: bigint, bytesPerDay: number): number | null {
  const days = bytesPerDay > 0 ? Number(leftBytes) / bytesPerDay : Number.POSITIVE_INFINITY
  return days <= HORIZON_DAYS ? days : null
}

function confidenceOf({ slope, lower, upper }: Trend, days: number, historyDays: number): ForecastConfidence {
  const width = (upper - lower) / slope
  if (days > MAX_REACH * historyDays) return 'LOW'
  if (width <= 0.5 && historyDays >= 14) return 'HIGH'
  return width <= 1.5 && historyDays >= 3 ? 'MEDIUM' : 'LOW'
}
