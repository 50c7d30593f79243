import { ALERT_KINDS, type Alert, type AlertKind, type AlertSeverity } from './alert.ts'
import { ALERT_CONDITIONS, type AlertContext, type AlertFacts } from './alert-conditions.ts'

export type AlertChange =
  | {
      readonly type: 'RAISE' | 'UPDATE'
      readonly kind: AlertKind
      readonly severity: AlertSeverity
      readonly message: string
      /** Whether subscribers are told; not when only numbers have changed. */
      readonly isNews: boolean
    }
  /** Its cause is gone; whether that lasts is to be seen. */
  | { readonly type: 'QUIET' | 'CLEAR'; readonly kind: AlertKind }

export type OpenAlert = Pick<Alert, 'kind' | 'severity' | 'message' | 'updatedAt' | 'quietSince'>

/** Messages carry numbers, which change at every poll. */
const REWRITTEN_EVERY_MS = 300_000

/**
 * What becomes of the alerts of one cluster. An alert is raised at once and cleared only after its cause has been gone,
 * beyond the hysteresis, for `clearAfterMs` running: what flaps is one alert. While the cluster is muted none is raised;
 * those that are open go on and clear.
 *
 * @param open its open alerts, at most one of each kind
 */
export function evaluateAlerts(
  facts: AlertFacts,
  open: readonly OpenAlert[],
  context: AlertContext,
): readonly AlertChange[] {
  if (!facts.isMember) return open.map(({ kind }) => ({ type: 'CLEAR', kind }))
  const isMuted = facts.mutedUntil !== null && facts.mutedUntil > context.now
  return ALERT_KINDS.flatMap((kind) => {
    const present = open.find((alert) => alert.kind === kind)
    const change = present ? changeOf(present, facts, context) : raiseOf(kind, facts, context)
    return change && !(isMuted && change.type === 'RAISE') ? [change] : []
  })
}

function raiseOf(kind: AlertKind, facts: AlertFacts, context: AlertContext): AlertChange | null {
  const finding = ALERT_CONDITIONS[kind](facts, context, false)
  return typeof finding === 'string' ? null : { type: 'RAISE', kind, ...finding, isNews: true }
}

function changeOf(open: OpenAlert, facts: AlertFacts, context: AlertContext): AlertChange | null {
  const { kind, quietSince } = open
  const finding = ALERT_CONDITIONS[kind](facts, context, true)
  const nowMs = context.now.getTime()
  if (finding === 'UNKNOWN') return null
  if (finding === 'FINE') {
    const quietMs = quietSince ? nowMs - quietSince.getTime() : 0
    if (quietMs >= context.thresholds.clearAfterMs) return { type: 'CLEAR', kind }
    return quietSince ? null : { type: 'QUIET', kind }
  }
  const isNews = finding.severity !== open.severity
  const isOld = nowMs - open.updatedAt.getTime() >= REWRITTEN_EVERY_MS && finding.message !== open.message
  return isNews || isOld || quietSince ? { type: 'UPDATE', kind, ...finding, isNews } : null
}
