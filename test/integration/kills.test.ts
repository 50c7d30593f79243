import { afterAll, beforeAll, expect, it } from 'vitest'
import { runChaos } from '../chaos/run-chaos.ts'
import { keepHistory } from '../load/history-writer.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const KILLS = 8
const OPERATIONS = 300

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    servers: 2,
    workers: 2,
    isWatched: true,
    fleet: { clusters: 6, seed: 11, volumesPerCluster: 5, delays: { createMs: 100, updateMs: 50 } },
  })
})

afterAll(() => stack?.close(), 60_000)

it('W1: loses nothing and doubles nothing when workers, servers and database are killed at random', async () => {
  const history = keepHistory()
  const { load, kills } = await runChaos(
    stack,
    {
      kills: KILLS,
      restarts: 1,
      outages: 0,
      operations: OPERATIONS,
      rate: 30,
      concurrency: 16,
      faults: 0.02,
      seed: 11,
    },
    history,
  )
  expect(load).toMatchObject({ done: OPERATIONS, failed: 0 })
  expect(kills.servers + kills.workers).toBe(KILLS)
  expect(kills.databaseRestarts).toBe(1)
  expect(await checkFleet(stack, history.lines)).toEqual([])
}, 900_000)
