import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readSnapshot,
  readVolume,
  recordOf,
  takeSnapshot,
  untilDone,
} from '../testkit/data-life.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 2, seed: 24 },
    pollIntervalMs: 500,
    env: patchedEnv(SHORT_LEASES),
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ createMs: 0, updateMs: 0 })
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

/** A volume that was written to after its snapshot. */
async function writtenVolume() {
  const volume = await newVolume(stack)
  const cluster = clusterNamed(stack, volume.cluster.name)
  const uuid = recordOf(stack, volume)?.uuid ?? ''
  cluster.fill(uuid, 0.25)
  const snapshot = await takeSnapshot(stack, volume)
  const before = recordOf(stack, volume)?.writtenBytes
  cluster.fill(uuid, 0.75)
  return { volume, snapshot, cluster, isBack: () => recordOf(stack, volume)?.writtenBytes === before }
}

describe('a restore', () => {
  it('puts the volume back in place', async () => {
    const { volume, snapshot, cluster, isBack } = await writtenVolume()
    cluster.setDelays({ updateMs: 500 })
    const { volume: restoring, operation } = await mutate(stack, 'restoreVolume', {
      id: volume.id,
      snapshotId: snapshot.id,
      expectedRevision: volume.revision,
    })
    expect(restoring?.state).toBe('RESTORING')
    const inUse = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    expect(inUse).toMatchObject({ code: 'INVALID_STATE' })
    expect(await untilDone(stack, operation?.id)).toMatchObject({
      kind: 'RESTORE_VOLUME',
      state: 'SUCCEEDED',
    })
    expect(isBack()).toBe(true)
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: volume.sizeBytes,
    })
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('AVAILABLE')
  })

  it('of one that has grown since keeps its size', async () => {
    const { volume, snapshot, isBack } = await writtenVolume()
    const grown = await mutate(stack, 'updateVolume', { id: volume.id, sizeBytes: '32GiB' })
    await untilDone(stack, grown.operation?.id)
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(isBack()).toBe(true)
    expect(recordOf(stack, volume)?.sizeBytes).toBe(32n << 30n)
  })

  it.each([{ kind: 'dropAnswer' }, { kind: 'dropRequest' }, { kind: 'error', status: 503 }] as const)(
    'is done in spite of %o',
    async (fault) => {
      const { volume, snapshot, cluster, isBack } = await writtenVolume()
      cluster.faults.set({ ...fault, operations: ['RollbackVolume'], times: 1 })
      const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
      expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      expect(isBack()).toBe(true)
    },
  )

  it('that the cluster refuses leaves the volume as it is', async () => {
    const { volume, snapshot, cluster, isBack } = await writtenVolume()
    cluster.faults.set({ kind: 'error', status: 400, operations: ['RollbackVolume'] })
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'FAILED' })
    expect(isBack()).toBe(false)
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: volume.sizeBytes,
    })
  })

  it('is refused for the snapshot of another volume', async () => {
    const { snapshot } = await writtenVolume()
    const other = await newVolume(stack)
    const answer = await mutate(stack, 'restoreVolume', { id: other.id, snapshotId: snapshot.id })
    expect(answer).toMatchObject({ code: 'INVALID_INPUT' })
    expect(answer.message).toContain(`not of ${other.id}`)
  })

  it('is finished when the worker is killed during it', async () => {
    const { volume, snapshot, cluster, isBack } = await writtenVolume()
    cluster.setDelays({ updateMs: 1_000 })
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    await waitUntil('the cluster to be asked', () => recordOf(stack, volume)?.state === 'Rollback')
    await stack.worker.stop('SIGKILL')
    await stack.worker.start()
    expect(await untilDone(stack, operation?.id, 60_000)).toMatchObject({ state: 'SUCCEEDED' })
    expect(isBack()).toBe(true)
  })
})

it('a deletion that the cluster refuses is not given up: it says why, and is done once the cluster does not', async () => {
  const volume = await newVolume(stack)
  const cluster = clusterNamed(stack, volume.cluster.name)
  cluster.faults.set({ kind: 'error', status: 400, message: 'not today', operations: ['DeleteVolume'] })
  const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
  const read = async () => {
    const query =
      'query ($id: ID!) { operation(id: $id) { state error { code } attempts { startedAt error { code message } } } }'
    // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
    return (await stack.api.ask<any>(query, { id: operation?.id })).operation
  }
  const refused = await waitUntil('it to be refused twice', async () => {
    const answer = await read()
    return answer.attempts.length >= 2 ? answer : null
  })
  expect(refused).toMatchObject({ state: 'RUNNING', error: null })
  const [newer, older] = refused.attempts
  expect(newer.error).toEqual({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('not today') })
  expect(Date.parse(newer.startedAt) - Date.parse(older.startedAt)).toBeGreaterThanOrEqual(10_000)
  expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'DELETING' })
  expect(recordOf(stack, volume)?.state).toBe('Available')
  cluster.faults.clear()
  expect(await untilDone(stack, operation?.id)).toMatchObject({ kind: 'DELETE_VOLUME', state: 'SUCCEEDED' })
  expect(recordOf(stack, volume)).toBeUndefined()
})

describe('the deletion of a volume with snapshots', () => {
  it('is refused with the list of what depends on it', async () => {
    const volume = await newVolume(stack)
    const snapshot = await takeSnapshot(stack, volume)
    const clone = await newVolume(stack, { source: { snapshotId: snapshot.id }, sizeBytes: undefined })
    const { deleteVolume } = await stack.api.ask<{ deleteVolume: object }>(
      `mutation ($input: DeleteVolumeInput!) { deleteVolume(input: $input) {
        ... on Error { code message } ... on HasDependentsError { snapshots { id } clones { id } } } }`,
      { input: { idempotencyKey: `delete-${volume.id}`, id: volume.id } },
    )
    expect(deleteVolume).toMatchObject({
      code: 'HAS_DEPENDENTS',
      message: expect.stringContaining('cascade: true'),
      snapshots: [{ id: snapshot.id }],
      clones: [{ id: clone.id }],
    })
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
  })

  it('takes them along with cascade; a clone stays, and its snapshot lingers under it', async () => {
    const volume = await newVolume(stack)
    const [plain, cloned] = [await takeSnapshot(stack, volume), await takeSnapshot(stack, volume)]
    const clone = await newVolume(stack, { source: { snapshotId: cloned.id }, sizeBytes: undefined })
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id, cascade: true })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect((await readVolume(stack, volume.id)).state).toBe('DELETED')
    const stateOf = async ({ id }: { id: string }) => (await readSnapshot(stack, id)).state
    await waitUntil('one to be gone', async () => (await stateOf(plain)) === 'DELETED')
    await waitUntil('the other to linger', async () => (await stateOf(cloned)) === 'LINGERING')
    expect((await readVolume(stack, clone.id)).state).toBe('AVAILABLE')
    await mutate(stack, 'deleteVolume', { id: clone.id })
    await waitUntil('the other to be gone', async () => (await stateOf(cloned)) === 'DELETED')
  })

  it('needs no cascade when its snapshots are gone or only linger', async () => {
    const volume = await newVolume(stack)
    const snapshot = await takeSnapshot(stack, volume)
    await newVolume(stack, { source: { snapshotId: snapshot.id }, sizeBytes: undefined })
    await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })
})
