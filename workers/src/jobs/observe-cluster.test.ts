import { DriverError, type DriverOutcome, type DriverReason } from '@flotilla/core/ports/cluster-driver'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { foreignVolume } from '@flotilla/prisma/testing/test-fleet'
import { expect, test } from 'vitest'
import { emptySession } from '../testing/poll-dependencies.ts'
import { observeCluster } from './observe-cluster.ts'

/** With an inventory, and a volume of ours in a further project. */
const POLL = {
  connection: 'CONNECTED',
  inventoryDue: true,
  furtherProjects: ['theirs'],
  last: { reportedBytes: 0n, pendingBytes: 0n },
} as unknown as BegunPoll

const refusal = (outcome: DriverOutcome, reason: DriverReason) =>
  new DriverError(outcome, reason, 'the list of snapshots was refused')
const NOT_FOUND = refusal('REFUSED', 'NOT_FOUND')

interface Refused {
  readonly project: string
  readonly error: DriverError
  readonly pagesBefore?: number
  readonly volumes?: readonly BackendVolume[]
}

/** An inventory of a cluster that refuses the snapshots of one project. */
function observe({ project, error, pagesBefore = 0, volumes = [] }: Refused) {
  const session = emptySession({
    async *listVolumes() {
      yield volumes
    },
    async *listSnapshots(asked): AsyncIterable<readonly BackendSnapshot[]> {
      if (asked !== project) return
      for (let page = 0; page < pagesBefore; page++) yield []
      throw error
    },
  })
  const means = {
    session,
    inventoryPlaces: { tryRun: <T>(work: () => Promise<T>) => work() },
    readKnown: async () => ({ own: new Set<string>(), foreign: new Set<string>() }),
    whileReading: <T>(read: () => Promise<T>) => read(),
    clock: { timeout: () => new AbortController().signal },
  }
  return observeCluster(means, POLL)
}

test('rule 9: a project that was deleted on the cluster has no snapshots, and the rest of it is seen', async () => {
  const volumes = [foreignVolume('another')]
  const observation = await observe({ project: 'theirs', error: NOT_FOUND, volumes })
  expect(observation?.inventory).toMatchObject({ volumes: [{ name: 'another' }], snapshots: [] })
})

test.each<[name: string, refused: Refused]>([
  ['of our own project', { project: BACKEND_PROJECT, error: NOT_FOUND }],
  [
    'of a project that has volumes',
    { project: 'theirs', error: NOT_FOUND, volumes: [foreignVolume('a', { project: 'theirs' })] },
  ],
  ['at a later page', { project: 'theirs', error: NOT_FOUND, pagesBefore: 1 }],
  ['to too small a role', { project: 'theirs', error: refusal('UNAUTHORIZED', 'FORBIDDEN') }],
  ['before the cluster was known', { project: 'theirs', error: refusal('UNAVAILABLE', 'NOT_FOUND') }],
])('a list of snapshots that is refused %s is not taken as empty', async (_name, refused) => {
  await expect(observe(refused)).rejects.toBe(refused.error)
})
