import type { ClusterConnectionState } from '../clusters/cluster.ts'
import type { DriverOutcome } from '../ports/cluster-driver.ts'
import { FAILURES_UNTIL_DISCONNECTED } from './poll-schedule.ts'

/**
 * What a cluster's connection is after a poll that failed. Who answers as another cluster is quarantined at the first
 * sight, and as long as it does; two failures of another kind are a loss.
 *
 * @param before as the poll finds it at its end, with the failures before its own
 */
export function connectionAfter(
  before: { readonly connection: ClusterConnectionState; readonly failures: number },
  { outcome, reason }: { readonly outcome: DriverOutcome; readonly reason: string },
): ClusterConnectionState {
  if (reason === 'WRONG_CLUSTER') return 'QUARANTINED'
  if (outcome === 'UNAUTHORIZED') return 'UNAUTHORIZED'
  const isFirst = before.failures + 1 < FAILURES_UNTIL_DISCONNECTED
  return isFirst && before.connection === 'CONNECTED' ? 'CONNECTED' : 'DISCONNECTED'
}
