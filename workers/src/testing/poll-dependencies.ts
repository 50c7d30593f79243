import type { ClusterSession, ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { AppliedObservation } from '@flotilla/prisma/polling/apply-observation'
import { createPollPlaces } from '../clusters/poll-places.ts'
import type { JobDependencies } from '../dependencies.ts'
import type { PollRecords } from '../poll-records.ts'

/** Of a cluster that is well. */
export const STATISTICS: ClusterStatistics = {
  identity: { backendId: 'backend', name: null, version: '3.1.0', endpoints: [] },
  effectiveBytes: 10n,
  usedBytes: 1n,
  freeBytes: 9n,
  provisionedBytes: 0n,
  maxReplicas: 3,
  health: 'OK',
  healthMessage: null,
  nodes: [],
  dataPath: null,
}

/** To a cluster that is empty, and answers at once. */
export function emptySession(overrides: Partial<ClusterSession> = {}): ClusterSession {
  return {
    identify: async () => STATISTICS.identity,
    acceptedKeyId: () => null,
    observeStatistics: async () => STATISTICS,
    async *listVolumes() {},
    async *listSnapshots() {},
    ...overrides,
  } as ClusterSession
}

export const APPLIED: AppliedObservation = {
  outcome: 'APPLIED',
  leftovers: [],
  leftoverSnapshots: [],
  strays: [],
  seen: null,
}

/** What polls work through, and no other job; all that is not given is there and says nothing. */
export function pollDependencies(
  polls: Partial<PollRecords>,
  overrides: Partial<JobDependencies> = {},
): JobDependencies {
  return {
    polls: { recordFindings: async () => [], ...polls },
    pollsUnderWay: new Set(),
    pollPlaces: createPollPlaces(),
    sessions: { open: async () => emptySession(), close: async () => {} },
    schedule: { intervalMs: 10_000, inventoryIntervalMs: 300_000 },
    clock: { random: () => 0, timeout: () => new AbortController().signal, after: () => () => {} },
    bus: { publish: () => {} },
    jobs: { reconcileVolumes: () => {}, reconcileSnapshots: () => {} },
    nudges: { nudge: () => {}, close: async () => {} },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    ...overrides,
  } as unknown as JobDependencies
}
