import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const VOLUMES = 2_000
const KILLS = 20

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 6, delays: { createMs: 200 }, seed: 11 } })
}, 120_000)

afterAll(() => stack?.close())

it('loses nothing and doubles nothing when worker, server and database are killed at random', async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.set(
      { kind: 'dropAnswer', operations: ['CreateVolume'], probability: 0.05 },
      { kind: 'dropRequest', operations: ['CreateVolume'], probability: 0.05 },
    )
  }
  const created = Array.from({ length: VOLUMES }, async (_, index) => {
    await sleep(index * 12)
    return createInspiteOfAll(`kill-${index}`, `${1 + (index % 50)}GiB`)
  })
  const acknowledged = Promise.all(created)
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(200 + 1_000 * Math.random())
    if (kill === KILLS / 2) await stack.restartDatabase()
    const victim = kill % 2 === 0 ? stack.worker : stack.server
    await victim.stop('SIGKILL')
    await victim.start()
  }
  const answers = await acknowledged
  for (const cluster of stack.fleet.clusters) cluster.faults.clear()

  await waitForRest(stack)
  const ids = answers.map(({ createVolume: answer }) => answer.volume?.id)
  expect(new Set(ids).size).toBe(VOLUMES)
  const { rows } = await stack.sql.query<{ id: string; state: string }>('SELECT id, state FROM volume')
  expect(rows.map((row) => row.id).sort()).toEqual(ids.sort())
  expect(new Set(rows.map((row) => row.state))).toEqual(new Set(['AVAILABLE']))
  expect(await checkFleet(stack)).toEqual([])
}, 300_000)

/**
 * Figures grow old while those who poll are killed, and a refusal for that reason is an answer, too. Who wants the volume
 * asks again, under the same key.
 */
function createInspiteOfAll(name: string, sizeBytes: string): Promise<CreateVolumeAnswer> {
  return waitUntil(
    `volume ${name} to be accepted`,
    async () => {
      const answer = await stack.api.insist<CreateVolumeAnswer>(CREATE_VOLUME, {
        input: { idempotencyKey: name, name, sizeBytes },
      })
      return answer.createVolume.volume && answer
    },
    200_000,
  )
}
