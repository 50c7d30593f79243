import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Observation } from '@flotilla/core/polling/observation'
import type { ClusterSession, ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { expect, test } from 'vitest'
import { createPollPlaces } from '../clusters/poll-places.ts'
import type { JobDependencies } from '../dependencies.ts'
import { pollCluster } from './cluster-poll.ts'

const ID = 'cls_1' as ClusterId
const BYTES = 5n

/** Of a quiet cluster: nothing is pending, no inventory is due, and it reports what it did the last time. */
const QUIET = {
  clusterId: ID,
  connection: 'CONNECTED',
  failures: 0,
  inventoryDue: false,
  furtherProjects: [],
  last: { reportedBytes: BYTES, pendingBytes: 0n },
} as unknown as BegunPoll

const observed = async (readsInventory?: boolean): Promise<readonly Observation[]> => {
  const applied: Observation[] = []
  const session = {
    acceptedKeyId: () => null,
    observeStatistics: async () => ({ provisionedBytes: BYTES }) as ClusterStatistics,
    async *listVolumes() {},
    async *listSnapshots() {},
  } as Partial<ClusterSession> as ClusterSession
  const dependencies = {
    pollsUnderWay: new Set(),
    pollPlaces: createPollPlaces(),
    polls: {
      begin: async () => QUIET,
      async apply(_poll: BegunPoll, observation: Observation) {
        applied.push(observation)
        return { outcome: 'APPLIED', leftovers: [], leftoverSnapshots: [], strays: [], seen: null }
      },
    },
    sessions: { open: async () => session },
    schedule: { intervalMs: 10_000, inventoryIntervalMs: 300_000 },
    clock: { random: () => 0, timeout: () => new AbortController().signal },
    bus: { publish: () => {} },
    log: {},
  } as unknown as JobDependencies
  await pollCluster(dependencies, ID, readsInventory)
  return applied
}

test('rule 9: after a change of ours the inventory is read, though no more and no less is provisioned', async () => {
  expect(await observed()).toMatchObject([{ inventory: { volumes: [] } }])
})

test('after one that leaves what is provisioned the statistics are enough', async () => {
  expect(await observed(false)).toMatchObject([{ inventory: null }])
})
