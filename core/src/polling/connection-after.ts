import type { ClusterConnectionState } from '../clusters/cluster.ts'
import type { DriverOutcome } from '../ports/cluster-driver.ts'
import { FAILURES_UNTIL_DISCONNECTED } from './poll-schedule.ts'

/**
 * What a cluster's connection is after a poll that failed.
 *
 * @param before as the poll found it, with the failures before its own
 */
export function connectionAfter(
  before: { readonly connection: ClusterConnectionState; readonly failures: number },
  outcome: DriverOutcome,
): ClusterConnectionState {
  if (outcome === 'UNAUTHORIZED') return 'UNAUTHORIZED'
  const isFirst = before.failures + 1 < FAILURES_UNTIL_DISCONNECTED
  return isFirst && before.connection === 'CONNECTED' ? 'CONNECTED' : 'DISCONNECTED'
}
