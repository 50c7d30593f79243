import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Observation } from '@flotilla/core/polling/observation'
import type { Clock } from '@flotilla/core/ports/clock'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import { beforeEach, expect, test } from 'vitest'
import type { JobDependencies } from '../dependencies.ts'
import { APPLIED, emptySession, pollDependencies, STATISTICS } from '../testing/poll-dependencies.ts'
import { runPoll } from './run-poll.ts'

/** As many as may read inventories at once, of clusters that answer. */
const SLOW = 12
/** More than are asked at once. */
const MANY = 100
const INTERVAL_MS = 10_000

let applied: Map<ClusterId, Observation>
let held: ClusterId[]
let timers: Map<number, () => void>
let dependencies: JobDependencies
/** Lets the slow clusters answer. */
let open: () => void

beforeEach(() => {
  applied = new Map()
  held = []
  timers = new Map()
  const gate = Promise.withResolvers<void>()
  open = gate.resolve
  const slow = emptySession({
    async *listVolumes() {
      await gate.promise
      yield []
    },
  })
  let timerCount = 0
  const clock = {
    random: () => 0,
    timeout: () => new AbortController().signal,
    after(ms: number, action: () => void) {
      expect(ms).toBeLessThan(INTERVAL_MS * 0.8)
      const timer = timerCount++
      timers.set(timer, action)
      return () => void timers.delete(timer)
    },
  } as unknown as Clock
  const polls = {
    async apply({ clusterId }: BegunPoll, observation: Observation) {
      applied.set(clusterId, observation)
      return APPLIED
    },
    holdNext: async ({ clusterId }: BegunPoll) => void held.push(clusterId),
    fail: () => expect.fail('no poll fails here'),
  }
  const sessions: JobDependencies['sessions'] = {
    open: async (_purpose, clusterId) => (clusterId.startsWith('cls_slow') ? slow : emptySession()),
    close: async () => {},
  }
  dependencies = pollDependencies(polls, { sessions, clock })
})

/** Of a cluster whose inventory is due. */
function pollOf(name: string, overrides: Partial<BegunPoll> = {}): BegunPoll {
  return {
    clusterId: `cls_${name}` as ClusterId,
    connection: 'CONNECTED',
    failures: 0,
    inventoryDue: true,
    furtherProjects: [],
    last: { reportedBytes: 0n, pendingBytes: 0n },
    ...overrides,
  } as unknown as BegunPoll
}

const run = (polls: readonly BegunPoll[]) => Promise.all(polls.map((poll) => runPoll(dependencies, poll)))
const numbered = (count: number, make: (number: number) => BegunPoll) =>
  Array.from({ length: count }, (_, number) => make(number))

/** Begins a poll of as many clusters as have places for their inventories, none of which ends before they are let. */
async function fillPlaces(): Promise<{ readonly reading: Promise<unknown> }> {
  const reading = run(numbered(SLOW, (number) => pollOf(`slow-${number}`)))
  while (!dependencies.pollPlaces.of(0).inventories.isFull) await new Promise(setImmediate)
  return { reading }
}

test.each<[name: string, overrides: Partial<BegunPoll>, isInventoryOwed: boolean]>([
  ['an inventory is due', {}, true],
  ['something is pending', { inventoryDue: false, last: { reportedBytes: 0n, pendingBytes: 1n } }, true],
  ['another sum is reported', { inventoryDue: false, last: { reportedBytes: 1n, pendingBytes: 0n } }, true],
  ['nothing is new', { inventoryDue: false }, false],
])(
  'rule 10: while slow inventories take every place, clusters of which %s are asked for their statistics',
  async (_name, overrides, isInventoryOwed) => {
    const { reading } = await fillPlaces()
    await run(numbered(MANY, (number) => pollOf(`well-${number}`, overrides)))
    expect([...applied.values()]).toEqual(
      Array.from({ length: MANY }, () => ({
        statistics: STATISTICS,
        inventory: null,
        isInventoryOwed,
        acceptedKeyId: null,
      })),
    )
    open()
    await reading
  },
)

test('rule 9: when a place is free again, the next poll reads what is owed', async () => {
  const { reading } = await fillPlaces()
  open()
  await reading
  await run([pollOf('well')])
  expect(applied.get('cls_well')).toMatchObject({ inventory: { volumes: [] }, isInventoryOwed: false })
})

test('rule 10: clusters of which nothing is known wait for a place, and take none from who is asked meanwhile', async () => {
  const { reading } = await fillPlaces()
  const waiting = run(
    numbered(MANY, (number) => pollOf(`new-${number}`, { connection: 'PENDING', last: null })),
  )
  await run([pollOf('well', { inventoryDue: false })])
  expect([...applied.keys()]).toEqual(['cls_well'])
  open()
  await Promise.all([reading, waiting])
  expect(applied.get('cls_new-0')).toMatchObject({ inventory: { volumes: [] } })
  expect(applied.size).toBe(SLOW + MANY + 1)
})

test('while an inventory is read, no other process begins a poll of the cluster; afterwards it may', async () => {
  const { reading } = await fillPlaces()
  for (let round = 1; round <= 2; round++) {
    const due = [...timers.values()]
    timers.clear()
    for (const renew of due) renew()
    expect(held).toHaveLength(round * SLOW)
  }
  open()
  await reading
  expect(timers.size).toBe(0)
})
