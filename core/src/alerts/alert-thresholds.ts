import type { Ratio } from '../units/ratio.ts'

/** When alerts are raised and cleared. */
export interface AlertThresholds {
  /** Shares of what the default policy allows; from here on a cluster is near full. */
  readonly promisedShare: Ratio
  readonly writtenShare: Ratio
  /** How far a share has to fall below again. */
  readonly hysteresis: Ratio
  /** A forecast of fewer days raises an alert; a quarter more clears it. */
  readonly forecastDays: number
  readonly tokenExpiryDays: number
  /** How long a cause has to be gone, in ms. */
  readonly clearAfterMs: number
}
