import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Stack } from '../testkit/stack.ts'
import { type KillCounts, killLoop } from './kill-loop.ts'

test('outages lie evenly among the kills, and nothing is killed while one lasts', async () => {
  const happened: string[] = []
  const program = { stop: async () => void happened.push('kill'), start: async () => {} }
  const stack = { servers: [program], workers: [program] } as unknown as Stack
  const counts: KillCounts = { servers: 0, workers: 0, databaseRestarts: 0, startsMs: [], outages: 0 }
  await killLoop(stack, {
    kills: 4,
    restarts: 0,
    outages: 2,
    random: () => 0,
    progress: () => 1,
    counts,
    disturb: () => {},
    standOutage: async () => {
      happened.push('outage')
      await sleep(1_000)
      happened.push('over')
      return true
    },
  })
  expect(happened).toEqual(['kill', 'outage', 'over', 'kill', 'kill', 'outage', 'over', 'kill'])
  expect(counts).toMatchObject({ servers: 4, outages: 2 })
})
