import { afterAll, beforeAll, expect, test } from 'vitest'
import { followWithCurl } from '../integration/event-stream.ts'
import { mutate, newVolume, readVolume } from '../testkit/data-life.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { armCrashes } from './armed-crashes.ts'
import { checkAtRest } from './check-at-rest.ts'

const crashes = armCrashes()
let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 3, seed: 21 }, env: crashes.env })
})

afterAll(async () => {
  try {
    if (stack) await checkAtRest(stack)
  } finally {
    await stack?.close()
    crashes.remove()
  }
})

test('C1: killed before the commit of a placement, nothing exists; the same key then makes one volume', async () => {
  crashes.arm('C1')
  const lost = send('c1')
  await crashes.untilDead('C1', stack.server)
  expect(await lost).toBeNull()
  expect(await rowsOf('c1')).toEqual([])
  await stack.server.start()
  const first = await insist('c1')
  expect(await insist('c1')).toBe(first)
  expect(await rowsOf('c1')).toMatchObject([{ id: first }])
})

test('C2: killed after the commit and before the answer, the volume completes by itself; the same key answers with it', async () => {
  crashes.arm('C2')
  const lost = send('c2')
  await crashes.untilDead('C2', stack.server)
  expect(await lost).toBeNull()
  const completed = await untilAvailable('c2')
  await stack.server.start()
  expect(await insist('c2')).toBe(completed.id)
})

test('C3: killed before the job is in the queue, the sweep finds the volume and completes it', async () => {
  crashes.arm('C3')
  void send('c3')
  await crashes.untilDead('C3', stack.server)
  const diedAt = performance.now()
  const completed = await untilAvailable('c3')
  expect(performance.now() - diedAt).toBeLessThan(SWEEP_MS)
  await stack.server.start()
  expect(await insist('c3')).toBe(completed.id)
})

/** Left to its job for 5 s, then found within a second; the rest is for a busy machine. */
const SWEEP_MS = 10_000

test('C4: killed after the lease and before the call, another worker resumes under a higher fencing number', async () => {
  crashes.arm('C4')
  const id = await insist('c4')
  await crashes.untilDead('C4', stack.worker)
  expect(createdOnClusters(id)).toBe(0)
  expect(await rowsOf('c4')).toMatchObject([{ state: 'CREATING', lease_number: 1n }])
  await stack.worker.start()
  expect((await untilAvailable('c4')).lease_number).toBeGreaterThanOrEqual(2n)
  expect(createdOnClusters(id)).toBe(1)
})

test('C7: killed after the answer and before it is written down, the volume is found by its name and not made again', async () => {
  crashes.arm('C7')
  const id = await insist('c7')
  await crashes.untilDead('C7', stack.worker)
  expect(createdOnClusters(id)).toBe(1)
  expect(await rowsOf('c7')).toMatchObject([{ state: 'CREATING' }])
  await stack.worker.start()
  await untilAvailable('c7')
  expect(createdOnClusters(id)).toBe(1)
})

test('C8: killed after the outcome and before the wake-up, a subscriber gets the event all the same', async () => {
  const stream = followWithCurl(stack.api)
  await waitUntil('the snapshot', () =>
    stream.received.some(({ message }) => message.__typename === 'FleetSnapshot'),
  )
  crashes.arm('C8')
  const id = await insist('c8')
  await crashes.untilDead('C8', stack.worker)
  expect(await rowsOf('c8')).toMatchObject([{ state: 'AVAILABLE' }])
  await waitUntil('the event', () =>
    stream.received.some(({ message }) => message.volume?.id === id && message.volume.state === 'AVAILABLE'),
  )
  await stream.stop()
  await stack.worker.start()
})

test('C9: a volume deleted while it is created, whose deletion is not answered, or that is gone already, ends DELETED', async () => {
  const [unanswered, absent] = [await newVolume(stack), await newVolume(stack)]
  for (const cluster of stack.fleet.clusters) {
    cluster.setDelays({ createMs: 1_500 })
    cluster.faults.set({ kind: 'dropAnswer', operations: ['DeleteVolume'], times: 1 })
    for (const { name, uuid } of cluster.volumes())
      if (name === absent.backendName) cluster.deleteVolume(uuid)
  }
  const creating = await insist('c9')
  await waitUntil('the cluster to be at it', () => createdOnClusters(creating) === 1)
  const ids = [creating, unanswered.id, absent.id]
  const answers = await Promise.all(ids.map((id) => mutate(stack, 'deleteVolume', { id })))
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['DeleteVolumePayload']))
  for (const id of ids) {
    await waitUntil(`${id} to be gone`, async () => (await readVolume(stack, id)).state === 'DELETED')
  }
  for (const cluster of stack.fleet.clusters) {
    cluster.setDelays({ createMs: 0 })
    cluster.faults.clear()
  }
  await checkAtRest(stack)
})

const inputOf = (key: string) => ({ input: { idempotencyKey: key, name: key, sizeBytes: '4GiB' } })

/** Null when the server did not live to answer. */
function send(key: string): Promise<CreateVolumeAnswer | null> {
  return stack.api.ask<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key)).catch(() => null)
}

/** The volume's id. Figures may have grown old while nobody polled; then the caller asks again. */
function insist(key: string): Promise<string> {
  return waitUntil(`volume ${key} to be accepted`, async () => {
    const { createVolume } = await stack.api.insist<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key))
    return createVolume.volume?.id
  })
}

interface VolumeRow {
  readonly id: string
  readonly state: string
  readonly lease_number: bigint
}

/** Read past the API, which may be dead. */
async function rowsOf(name: string): Promise<VolumeRow[]> {
  const { rows } = await stack.sql.query<VolumeRow>(
    'SELECT id, state, lease_number FROM volume WHERE name = $1',
    [name],
  )
  return rows
}

function untilAvailable(name: string): Promise<VolumeRow> {
  return waitUntil(`${name} to be available`, async () => {
    const [row, ...others] = await rowsOf(name)
    expect(others).toEqual([])
    return row?.state === 'AVAILABLE' && row
  })
}

/** How often any cluster has made this volume. */
function createdOnClusters(id: string): number {
  return stack.fleet.clusters
    .flatMap((cluster) => cluster.history())
    .filter(({ kind, volumeName }) => kind === 'created' && volumeName === `flo-${id.slice(4)}`).length
}
