import { expect, test } from 'vitest'
import type { ClusterConnectionState } from '../clusters/cluster.ts'
import type { DriverOutcome } from '../ports/cluster-driver.ts'
import { connectionAfter } from './connection-after.ts'

test.each<[string, ClusterConnectionState, number, DriverOutcome, string, after: ClusterConnectionState]>([
  ['one failure is none', 'CONNECTED', 0, 'UNAVAILABLE', 'CONNECT', 'CONNECTED'],
  ['two are a loss', 'CONNECTED', 1, 'UNAVAILABLE', 'CONNECT', 'DISCONNECTED'],
  ['not reached yet', 'PENDING', 0, 'UNKNOWN', 'TIMEOUT', 'DISCONNECTED'],
  ['a refused credential', 'CONNECTED', 0, 'UNAUTHORIZED', 'FORBIDDEN', 'UNAUTHORIZED'],
  ['another cluster, at the first sight', 'CONNECTED', 0, 'UNAVAILABLE', 'WRONG_CLUSTER', 'QUARANTINED'],
  ['another cluster, once more', 'QUARANTINED', 7, 'UNAVAILABLE', 'WRONG_CLUSTER', 'QUARANTINED'],
  ['silent, and another cluster before', 'QUARANTINED', 0, 'UNAVAILABLE', 'CONNECT', 'DISCONNECTED'],
])('%s', (_name, connection, failures, outcome, reason, after) => {
  expect(connectionAfter({ connection, failures }, { outcome, reason })).toBe(after)
})
