import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Program } from '../testkit/program.ts'
import { type RedisServer, startRedis } from '../testkit/redis.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type CreateVolumeAnswer, createVolume, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'
import { findChild } from './find-child.ts'

const TEN_GIB = '10737418240'
const TWENTY_GIB = '21474836480'
const VOLUMES = 200
/** W2 of the reliability page: work in flight is given 10 seconds. */
const STOP_WITHIN_MS = 11_000

let redis: RedisServer
let stack: Stack

beforeAll(async () => {
  redis = await startRedis()
  stack = await startStack({
    fleet: { clusters: 4, delays: { createMs: 100 }, seed: 5 },
    redisUrl: redis.url,
  })
})

afterAll(async () => {
  await stack?.close()
  await redis?.stop()
})

const CHANGE = `mutation Change($resize: ResizeVolumeInput!) { resizeVolume(input: $resize) {
  __typename ... on Error { code message } } }`
const REMOVE = `mutation Remove($remove: DeleteVolumeInput!) { deleteVolume(input: $remove) {
  __typename ... on Error { code message } } }`
const VOLUME = `query Volume($id: ID!) { volume(id: $id) { state sizeBytes observed { sizeBytes } } }`

interface VolumeAnswer {
  readonly volume: {
    readonly state: string
    readonly sizeBytes: string
    readonly observed: { readonly sizeBytes: string } | null
  }
}

async function readVolume(id: string): Promise<VolumeAnswer['volume']> {
  const { volume } = await stack.api.ask<VolumeAnswer>(VOLUME, { id })
  return volume
}

/** At rest, and seen on its cluster in this size. */
async function waitForSize(id: string, sizeBytes: string): Promise<void> {
  await waitUntil(`the volume to have ${sizeBytes} bytes`, async () => {
    const { state, observed } = await readVolume(id)
    return state === 'AVAILABLE' && observed?.sizeBytes === sizeBytes
  })
}

it('carries a volume through its life with the queues in Redis', async () => {
  const created = await createVolume(stack.api, {
    idempotencyKey: 'life',
    name: 'life',
    sizeBytes: TEN_GIB,
  })
  const id = created.volume?.id ?? ''
  await waitForSize(id, TEN_GIB)

  const resize = { idempotencyKey: 'life-grows', id, sizeBytes: TWENTY_GIB }
  expect(await stack.api.ask(CHANGE, { resize })).toEqual({
    resizeVolume: { __typename: 'ResizeVolumePayload' },
  })
  await waitForSize(id, TWENTY_GIB)

  expect(await stack.api.ask(REMOVE, { remove: { idempotencyKey: 'life-ends', id } })).toEqual({
    deleteVolume: { __typename: 'DeleteVolumePayload' },
  })
  await waitUntil('the volume to be gone', async () => (await readVolume(id)).state === 'DELETED')
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

it('R1: loses nothing when Redis forgets everything, dies, and comes back empty under 200 creates', async () => {
  const before = await observedAt()
  const early = askFor(0, 100)
  await early[20]
  await redis.flushAll()
  await early[40]
  await redis.stop()
  const withoutRedis = await Promise.all(askFor(100, 150))
  await redis.restart()
  const late = askFor(150, VOLUMES)

  const answers = [...(await Promise.all(early)), ...withoutRedis, ...(await Promise.all(late))]
  expect(new Set(answers.map((answer) => answer.volume?.id)).size).toBe(VOLUMES)
  await waitForRest(stack, 60_000)
  const { rows } = await stack.sql.query(
    `SELECT state, count(*) FROM volume WHERE name LIKE 'r1-%' GROUP BY state`,
  )
  expect(rows).toEqual([{ state: 'AVAILABLE', count: BigInt(VOLUMES) }])
  expect(await checkFleet(stack)).toEqual([])
  await waitUntil('every cluster to be polled again', async () => {
    const now = await observedAt()
    return now.every((at, index) => at > (before[index] ?? at))
  })
})

it('R1: polls go on after Redis has forgotten the schedules', async () => {
  await redis.flushAll()
  const flushedAt = Date.now()
  await waitUntil('every cluster to be polled again', async () =>
    (await observedAt()).every((at) => at > flushedAt),
  )
})

it('R1: a Redis without memory, which refuses every write, costs latency and no work', async () => {
  await redis.limitMemory(true)
  const full = Array.from({ length: 10 }, (_, number) => answerTo(`oom-${number}`))
  const ids = (await Promise.all(full)).map(({ volume }) => volume?.id ?? '')
  await waitUntil('the sweep to finish them', async () => {
    const states = await Promise.all(ids.map(readVolume))
    return states.every(({ state }) => state === 'AVAILABLE')
  })
  const fullAt = Date.now()
  await waitUntil('polls to go on', async () => (await observedAt()).every((at) => at > fullAt))
  await redis.limitMemory(false)
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

it('R1: server and worker stop and start without Redis, and go on when it is back', async () => {
  await redis.stop()
  // What it asks the queue for is never sent.
  await answerTo('before-the-stop')
  expect.soft(await stopInTime(stack.server, 'server/src/main.ts')).toBe('in order')
  expect.soft(await stopInTime(stack.worker, 'workers/src/main.ts')).toBe('in order')
  await Promise.all([stack.server.start(), stack.worker.start()])
  await answerTo('without')
  await redis.restart()
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

/** Ends a process as an operator does; one that would not end is killed, so that it outlives no test. */
async function stopInTime(program: Program, file: string): Promise<'in order' | 'killed'> {
  const { pid } = await findChild(file)
  const stopped = program.stop()
  const inTime = await Promise.race([stopped.then(() => true), sleep(STOP_WITHIN_MS, false)])
  if (!inTime) process.kill(pid, 'SIGKILL')
  await stopped
  return inTime ? 'in order' : 'killed'
}

/** One request each 40 ms. */
function askFor(from: number, to: number): Promise<CreateVolumeAnswer['createVolume']>[] {
  return Array.from({ length: to - from }, async (_, index) => {
    await sleep(index * 40)
    return answerTo(`r1-${from + index}`)
  })
}

/** PostgreSQL has committed, and that is the answer. Where Redis is away until it has come, a mutation that waited for Redis would wait for ever. */
async function answerTo(name: string): Promise<CreateVolumeAnswer['createVolume']> {
  const answer = await createVolume(stack.api, { idempotencyKey: name, name, sizeBytes: '1GiB' })
  expect(answer.__typename).toBe('CreateVolumePayload')
  return answer
}

async function observedAt(): Promise<number[]> {
  const { rows } = await stack.sql.query<{ at: Date }>(
    'SELECT observed_at AS at FROM cluster_capacity ORDER BY cluster_id',
  )
  return rows.map(({ at }) => at.getTime())
}
