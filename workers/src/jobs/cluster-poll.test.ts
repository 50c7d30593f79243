import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Observation } from '@flotilla/core/polling/observation'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { expect, test } from 'vitest'
import { APPLIED, pollDependencies } from '../testing/poll-dependencies.ts'
import { pollCluster } from './cluster-poll.ts'

const ID = 'cls_1' as ClusterId

/** Of a quiet cluster: nothing is pending, no inventory is due, and it reports what it did the last time. */
const QUIET = {
  clusterId: ID,
  connection: 'CONNECTED',
  failures: 0,
  inventoryDue: false,
  furtherProjects: [],
  last: { reportedBytes: 0n, pendingBytes: 0n },
} as unknown as BegunPoll

const observed = async (readsInventory: boolean): Promise<readonly Observation[]> => {
  const applied: Observation[] = []
  const dependencies = pollDependencies({
    begin: async (_id, _nextInMs, inventoryDue) => ({ ...QUIET, inventoryDue }),
    async apply(_poll, observation) {
      applied.push(observation)
      return APPLIED
    },
  })
  await pollCluster(dependencies, ID, readsInventory)
  return applied
}

test('rule 9: after a change of ours the inventory is read, though no more and no less is provisioned', async () => {
  expect(await observed(true)).toMatchObject([{ inventory: { volumes: [] } }])
})

test('after one that leaves what is provisioned the statistics are enough', async () => {
  expect(await observed(false)).toMatchObject([{ inventory: null }])
})

test('while no inventory has a place nothing is polled out of turn: it comes again a little later, for the same', async () => {
  const dependencies = pollDependencies({ begin: () => expect.fail('a poll was begun') })
  const { inventories } = dependencies.pollPlaces.of(0)
  const { promise: wait, resolve: open } = Promise.withResolvers<void>()
  const reading: (Promise<void> | null)[] = []
  while (!inventories.isFull) reading.push(inventories.tryRun(() => wait))
  const nudged: unknown[] = []
  dependencies.nudges.nudge = (...nudge) => void nudged.push(nudge)
  await pollCluster(dependencies, ID, true)
  await pollCluster(dependencies, ID, false)
  expect(nudged).toEqual([
    [ID, true],
    [ID, false],
  ])
  open()
  await Promise.all(reading)
})
