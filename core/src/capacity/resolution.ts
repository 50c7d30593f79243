export const CAPACITY_RESOLUTIONS = ['FIVE_MINUTES', 'HOUR', 'DAY'] as const
/** How finely the past of a cluster's figures is kept; the finer, the shorter. */
export type CapacityResolution = (typeof CAPACITY_RESOLUTIONS)[number]

export interface ResolutionRule {
  /** What one sample stands for, in ms. Each is a multiple of the one before. */
  readonly widthMs: number
  /** How long samples are kept, in ms. */
  readonly keptMs: number
}

const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** 576, 1,440 and 1,096 samples of a cluster at most. */
export const RESOLUTION_RULES: Readonly<Record<CapacityResolution, ResolutionRule>> = {
  FIVE_MINUTES: { widthMs: 5 * MINUTE_MS, keptMs: 2 * DAY_MS },
  HOUR: { widthMs: HOUR_MS, keptMs: 60 * DAY_MS },
  DAY: { widthMs: DAY_MS, keptMs: 1_096 * DAY_MS },
}

/** The finest whose samples still reach back to `fromMs`; the coarsest when none does. */
export function finestSince(fromMs: number, nowMs: number): CapacityResolution {
  return CAPACITY_RESOLUTIONS.find((each) => nowMs - fromMs <= RESOLUTION_RULES[each].keptMs) ?? 'DAY'
}
