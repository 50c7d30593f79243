import { type CapacityForecast, gatesOf } from '../capacity/forecast-capacity.ts'
import type { GateForecast } from '../capacity/forecast-gate.ts'
import { DAY_MS } from '../capacity/resolution.ts'
import type { ClusterConnectionState, ClusterHealth } from '../clusters/cluster.ts'
import type { ClusterCapacity } from '../clusters/cluster-capacity.ts'
import { FINDING_KINDS, type FindingKind } from '../findings/finding.ts'
import type { PlacementPolicy } from '../policies/policy.ts'
import { isMismatchBelieved } from '../polling/provisioned-bytes.ts'
import { formatBytes } from '../units/bytes.ts'
import { compareRatios, type Ratio, subtractRatios } from '../units/ratio.ts'
import type { AlertKind, AlertSeverity } from './alert.ts'
import type { AlertThresholds } from './alert-thresholds.ts'

type ObservedFigures = Pick<
  ClusterCapacity,
  'provisionedBytes' | 'pendingBytes' | 'effectiveBytes' | 'freeBytes' | 'observedAt'
> & {
  /** Promised, as the cluster itself reports. */
  readonly reportedBytes: bigint
  /** Inventories, one after the other, that did not add up to that. */
  readonly mismatchedPolls: number
}

/** A cluster as the evaluation sees it. */
export interface AlertFacts {
  /** Still in the fleet. */
  readonly isMember: boolean
  readonly createdAt: Date
  readonly mutedUntil: Date | null
  readonly connection: ClusterConnectionState
  readonly connectionError: string | null
  readonly health: ClusterHealth
  readonly healthMessage: string | null
  /** Null where it is not known. */
  readonly credentialExpiresAt: Date | null
  /** How many of each kind are open; ignored ones are not. */
  readonly openFindings: Readonly<Record<FindingKind, number>>
  readonly figures: ObservedFigures | null
  /** Null when none was made this time. */
  readonly forecast: CapacityForecast | null
}

export interface AlertContext {
  /** The default policy: its limits are the clusters'. */
  readonly policy: PlacementPolicy
  readonly thresholds: AlertThresholds
  readonly now: Date
}

/** UNKNOWN: it cannot be told, so what is raised stays and what is not is not raised. */
export type Finding = { readonly severity: AlertSeverity; readonly message: string } | 'FINE' | 'UNKNOWN'

/** Whether there is cause for an alert; one that is open already asks for a little less. */
export type AlertCondition = (facts: AlertFacts, context: AlertContext, isOpen: boolean) => Finding

/** Once a forecast has raised an alert it has to be this much later to clear it. */
const FORECAST_SLACK = 1.25
const SECOND_MS = 1_000

export const ALERT_CONDITIONS: Readonly<Record<AlertKind, AlertCondition>> = {
  NEAR_FULL_PROMISED: (facts, context, isOpen) => {
    const { policy, thresholds } = context
    const gate = facts.figures && !isStale(facts, context) ? gatesOf(facts.figures, policy).promised : null
    return nearFull(gate, thresholds.promisedShare, thresholds, isOpen, 'promised', policy.name)
  },
  NEAR_FULL_WRITTEN: (facts, context, isOpen) => {
    const { policy, thresholds } = context
    const gate = facts.figures && !isStale(facts, context) ? gatesOf(facts.figures, policy).written : null
    return nearFull(gate, thresholds.writtenShare, thresholds, isOpen, 'written', policy.name)
  },
  FORECAST_PROMISED: (facts, context, isOpen) => {
    const forecast = isStale(facts, context) ? null : (facts.forecast?.promised ?? null)
    return fillsSoon(forecast, context.thresholds, isOpen, 'the limit of what is promised')
  },
  FORECAST_WRITTEN: (facts, context, isOpen) => {
    const forecast = isStale(facts, context) ? null : (facts.forecast?.written ?? null)
    return fillsSoon(forecast, context.thresholds, isOpen, 'the floor of free storage')
  },
  INVENTORY_MISMATCH: (facts, context) => {
    if (!facts.figures || isStale(facts, context)) return 'UNKNOWN'
    const { reportedBytes, provisionedBytes, mismatchedPolls } = facts.figures
    if (!isMismatchBelieved(mismatchedPolls)) return 'FINE'
    const message = `reports ${formatBytes(reportedBytes)} promised, and the volumes that it lists come to something else, on more than one inventory; the larger counts, ${formatBytes(provisionedBytes)}`
    return { severity: 'WARNING', message }
  },
  STALE: (facts, context) => {
    // It has a cause with an alert of its own.
    if (facts.connection === 'UNAUTHORIZED' || !isStale(facts, context)) return 'FINE'
    const seconds = Math.round(ageMs(facts, context) / SECOND_MS)
    const when = seconds < 0 ? `${-seconds} s ahead of the clock` : `${seconds} s ago`
    const what = facts.figures ? `was last observed ${when}` : `has not been observed in ${seconds} s`
    const reason = facts.connectionError ? `: ${facts.connectionError}` : ''
    return { severity: 'CRITICAL', message: `${what}; it gets no new volumes${reason}` }
  },
  UNAUTHORIZED: ({ connection, connectionError }) => {
    if (connection === 'DISCONNECTED' || connection === 'PENDING') return 'UNKNOWN'
    if (connection !== 'UNAUTHORIZED') return 'FINE'
    return {
      severity: 'CRITICAL',
      message: `refuses our credential: ${connectionError ?? 'it says no more'}`,
    }
  },
  TOKEN_EXPIRING: ({ credentialExpiresAt }, { thresholds, now }) => {
    if (!credentialExpiresAt) return 'FINE'
    const days = (credentialExpiresAt.getTime() - now.getTime()) / DAY_MS
    if (days > thresholds.tokenExpiryDays) return 'FINE'
    const at = credentialExpiresAt.toISOString()
    return days > 0
      ? { severity: 'WARNING', message: `its token expires in ${days.toFixed(1)} days, at ${at}` }
      : { severity: 'CRITICAL', message: `its token expired at ${at}` }
  },
  DEGRADED: ({ connection, health, healthMessage }) => {
    if (connection !== 'CONNECTED' || health === 'UNKNOWN') return 'UNKNOWN'
    if (health === 'OK') return 'FINE'
    const severity = health === 'ERROR' ? 'CRITICAL' : 'WARNING'
    return { severity, message: `reports ${health}: ${healthMessage ?? 'it says no more'}` }
  },
  FINDINGS_OPEN: ({ connection, openFindings }) => {
    if (connection !== 'CONNECTED') return 'UNKNOWN'
    const found = FINDING_KINDS.filter((kind) => openFindings[kind] > 0)
    if (found.length === 0) return 'FINE'
    const counts = found.map((kind) => `${openFindings[kind]} ${kind}`).join(', ')
    const isAnyLost = openFindings.MISSING > 0 || openFindings.MISSING_SNAPSHOT > 0
    const severity = isAnyLost ? 'CRITICAL' : 'WARNING'
    return { severity, message: `has volumes or snapshots otherwise than our records: ${counts}` }
  },
}

function ageMs({ figures, createdAt }: AlertFacts, { now }: AlertContext): number {
  return now.getTime() - (figures?.observedAt ?? createdAt).getTime()
}

/** What is old says nothing about how full the cluster is, nor does what was observed before the clock was set back. */
function isStale(facts: AlertFacts, context: AlertContext): boolean {
  const age = ageMs(facts, context)
  return (facts.figures ? Math.abs(age) : age) > context.policy.maxObservationAgeMs
}

function nearFull(
  gate: { readonly limitBytes: bigint; readonly leftBytes: bigint } | null,
  threshold: Ratio,
  { hysteresis }: AlertThresholds,
  isOpen: boolean,
  what: string,
  policyName: string,
): Finding {
  if (!gate || gate.limitBytes <= 0n) return 'UNKNOWN'
  const { limitBytes, leftBytes } = gate
  const share = { numerator: limitBytes - leftBytes, denominator: limitBytes }
  const least = isOpen ? subtractRatios(threshold, hysteresis) : threshold
  if (compareRatios(share, least) < 0) return 'FINE'
  const numbers = `${formatBytes(share.numerator)} ${what} of ${formatBytes(limitBytes)} that policy "${policyName}" allows`
  return leftBytes > 0n
    ? { severity: 'WARNING', message: `${numbers}; ${formatBytes(leftBytes)} left` }
    : { severity: 'CRITICAL', message: `${numbers}; nothing left` }
}

function fillsSoon(
  forecast: GateForecast | null,
  { forecastDays }: AlertThresholds,
  isOpen: boolean,
  what: string,
): Finding {
  // Nobody is woken by a guess, and none takes back what was clearer.
  if (!forecast || forecast.outcome === 'NOT_ENOUGH_HISTORY' || forecast.confidence === 'LOW')
    return 'UNKNOWN'
  const { days, leftBytes, confidence, outcome } = forecast
  const most = isOpen ? forecastDays * FORECAST_SLACK : forecastDays
  if (outcome !== 'GROWING' || days === null || days > most) return 'FINE'
  const message = `reaches ${what} in ${days.toFixed(1)} days at the present growth; ${formatBytes(leftBytes)} left (confidence ${confidence})`
  return { severity: 'WARNING', message }
}
