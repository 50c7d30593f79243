import type { AlertId, ClusterId } from '../identity/ids.ts'

export const ALERT_KINDS = [
  'NEAR_FULL_PROMISED',
  'NEAR_FULL_WRITTEN',
  'FORECAST_PROMISED',
  'FORECAST_WRITTEN',
  'INVENTORY_MISMATCH',
  'STALE',
  'UNAUTHORIZED',
  'TOKEN_EXPIRING',
  'DEGRADED',
  'FINDINGS_OPEN',
] as const
/** What somebody should look at. A cluster has at most one open alert of each kind. */
export type AlertKind = (typeof ALERT_KINDS)[number]

export const ALERT_SEVERITIES = ['WARNING', 'CRITICAL'] as const
/** WARNING: soon. CRITICAL: now. */
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number]

export interface Alert {
  readonly id: AlertId
  readonly kind: AlertKind
  readonly clusterId: ClusterId
  readonly severity: AlertSeverity
  /** For people, with the numbers. */
  readonly message: string
  readonly raisedAt: Date
  /** When severity or message were last written. */
  readonly updatedAt: Date
  /** Since when its cause has been gone, while it waits whether that lasts. */
  readonly quietSince: Date | null
  readonly clearedAt: Date | null
}
