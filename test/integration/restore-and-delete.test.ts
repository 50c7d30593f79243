import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  type MutationAnswer,
  mutate,
  newVolume,
  readSnapshot,
  readVolume,
  recordOf,
  snapshotRecordOf,
  takeSnapshot,
  untilDone,
} from '../testkit/data-life.ts'
import { newHost } from '../testkit/hosts.ts'
import { type OperationView, readOperation, untilEnded } from '../testkit/operations.ts'
import { SHORT_LATENESS } from '../testkit/patches/short-lateness.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { SHORT_RETRIES } from '../testkit/patches/short-retries.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 2, seed: 24 },
    pollIntervalMs: 500,
    env: patchedEnv([...SHORT_LATENESS, ...SHORT_LEASES, ...SHORT_RETRIES]),
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

/**
 * What has come of an operation whose cluster is too busy for it, until it was tried twice and `meanwhile` has looked. It has kept each of its
 * attempts, and shows why it waits.
 */
async function throughBusy(
  cluster: SimulatedCluster,
  request: string,
  ask: () => Promise<MutationAnswer>,
  meanwhile: () => Promise<void>,
): Promise<OperationView> {
  const busy = { code: 'BUSY', message: expect.stringContaining('503: in a minute') }
  cluster.faults.set({ kind: 'error', status: 503, message: 'in a minute', operations: [request] })
  const { operation } = await ask()
  const waiting = await waitUntil('it to be tried twice', async () => {
    const now = await readOperation(stack, operation?.id)
    return (now.attempts.length >= 2 || now.state === 'FAILED' || now.state === 'SUCCEEDED') && now
  })
  expect(waiting).toMatchObject({ state: 'RUNNING', error: null, progress: busy.message })
  await meanwhile()
  cluster.faults.clear()
  const ended = await untilEnded(stack, operation?.id)
  const [last, ...failed] = ended.attempts
  expect(last?.error).toBeNull()
  expect(failed.length).toBeGreaterThanOrEqual(2)
  for (const { error } of failed) expect(error).toEqual(busy)
  return ended
}

/** Answers to a change that say that nothing was done, because somebody else was faster. */
const LOST_RACES = [
  [409, 'BUSY'],
  [412, 'PRECONDITION_FAILED'],
] as const

/** A volume that was written to after its snapshot. */
async function writtenVolume() {
  const volume = await newVolume(stack)
  const cluster = clusterNamed(stack, volume.cluster.name)
  const uuid = recordOf(stack, volume)?.uuid ?? ''
  cluster.fill(uuid, 0.25)
  const snapshot = await takeSnapshot(stack, volume)
  const before = recordOf(stack, volume)?.writtenBytes
  cluster.fill(uuid, 0.75)
  const rollbacks = () =>
    cluster.history().filter((entry) => entry.kind === 'rolledBack' && entry.volumeUuid === uuid)
  return {
    volume,
    snapshot,
    cluster,
    rollbacks,
    isBack: () => recordOf(stack, volume)?.writtenBytes === before,
  }
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

  it.each(['dropAnswer', 'dropRequest'] as const)('is done in spite of a %s', async (kind) => {
    const { volume, snapshot, cluster, isBack } = await writtenVolume()
    cluster.faults.set({ kind, operations: ['RollbackVolume'], times: 1 })
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(isBack()).toBe(true)
  })

  it('rule 1: is not done while an earlier one without an answer may come, so that it takes along nothing that was written since', async () => {
    const { volume, snapshot, cluster, rollbacks, isBack } = await writtenVolume()
    const host = await newHost(stack)
    cluster.faults.set({ kind: 'holdBack', operations: ['RollbackVolume'], times: 1 })
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    const waiting = await waitUntil('the second one to be done', async () => {
      const now = await readOperation(stack, operation?.id)
      const isDone = now.state !== 'RUNNING' || now.attempts.length >= 2
      return rollbacks().length === 1 && isDone && now
    })
    expect(waiting).toMatchObject({
      state: 'RUNNING',
      progress: expect.stringContaining('may be carried out yet'),
      cancellable: false,
    })
    expect(isBack()).toBe(true)
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'RESTORING' })
    const attached = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    expect(attached).toMatchObject({ code: 'INVALID_STATE' })
    cluster.faults.clear()
    expect(await untilEnded(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED', progress: null })
    expect(rollbacks()).toHaveLength(2)
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE' })
  })

  it.each(LOST_RACES)('that is answered %i is asked for again, and done once', async (status) => {
    const { volume, snapshot, cluster, rollbacks, isBack } = await writtenVolume()
    cluster.faults.set({ kind: 'error', status, operations: ['RollbackVolume'], times: 1 })
    const { operation } = await mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(cluster.faults.list()).toEqual([])
    expect(isBack()).toBe(true)
    expect(rollbacks()).toHaveLength(1)
  })

  it('that its cluster is too busy for waits, and nobody writes to the volume before it is done, once', async () => {
    const { volume, snapshot, cluster, rollbacks, isBack } = await writtenVolume()
    const input = { id: volume.id, snapshotId: snapshot.id }
    const restore = () => mutate(stack, 'restoreVolume', input)
    const ended = await throughBusy(cluster, 'RollbackVolume', restore, async () => {
      expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'RESTORING' })
      expect(isBack()).toBe(false)
    })
    expect(ended).toMatchObject({ kind: 'RESTORE_VOLUME', state: 'SUCCEEDED', error: null, progress: null })
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE' })
    expect(isBack()).toBe(true)
    expect(rollbacks()).toHaveLength(1)
  })

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

  it.each(['RESTORE', 'SHRINK'] as const)(
    'rule 1: a snapshot that was promised before a %s holds what the volume held then',
    async (change) => {
      const { volume, snapshot, cluster } = await writtenVolume()
      const writtenBytes = recordOf(stack, volume)?.writtenBytes
      const ask = () =>
        change === 'RESTORE'
          ? mutate(stack, 'restoreVolume', { id: volume.id, snapshotId: snapshot.id })
          : mutate(stack, 'updateVolume', { id: volume.id, sizeBytes: '1GiB', force: true })
      cluster.faults.set({ kind: 'error', status: 503, operations: ['CreateSnapshot'] })
      const { snapshot: promised, operation } = await mutate<
        MutationAnswer & { readonly snapshot: { readonly id: string } }
      >(
        stack,
        'createSnapshot',
        { volumeId: volume.id, name: 'before' },
        'snapshot { id } operation { id state }',
      )
      const refused = await ask()
      expect(refused).toMatchObject({ code: 'INVALID_STATE' })
      expect(refused.message).toContain(`yet to be taken: ${promised.id}`)
      cluster.faults.clear()
      expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      const taken = snapshotRecordOf(stack, await readSnapshot(stack, promised.id))
      expect(taken).toMatchObject({ writtenBytes, sizeBytes: BigInt(volume.sizeBytes) })
      const { operation: changed } = await ask()
      expect(await untilDone(stack, changed?.id)).toMatchObject({ state: 'SUCCEEDED' })
    },
  )

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

describe('a deletion', () => {
  it('that the cluster refuses is not given up: it says why, and is done once the cluster does not', async () => {
    const volume = await newVolume(stack)
    const cluster = clusterNamed(stack, volume.cluster.name)
    cluster.faults.set({ kind: 'error', status: 400, message: 'not today', operations: ['DeleteVolume'] })
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    const refused = await waitUntil('it to be refused twice', async () => {
      const now = await readOperation(stack, operation?.id)
      return now.attempts.length >= 2 && now
    })
    expect(refused).toMatchObject({ state: 'RUNNING', error: null })
    const [newer, older] = refused.attempts
    expect(newer?.error).toEqual({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('not today'),
    })
    expect(Date.parse(newer?.startedAt ?? '') - Date.parse(older?.startedAt ?? '')).toBeGreaterThanOrEqual(
      1_000,
    )
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'DELETING' })
    expect(recordOf(stack, volume)?.state).toBe('Available')
    cluster.faults.clear()
    expect(await untilDone(stack, operation?.id)).toMatchObject({ kind: 'DELETE_VOLUME', state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toBeUndefined()
  })

  it('that its cluster is too busy for goes on, and gives the bytes back when it is done, once', async () => {
    const volume = await newVolume(stack)
    await waitForRest(stack)
    const record = recordOf(stack, volume)
    const bytes = (record?.sizeBytes ?? 0n) * BigInt(record?.replicaCount ?? 0)
    const before = await promisedOn(volume.cluster)
    const remove = () => mutate(stack, 'deleteVolume', { id: volume.id })
    const cluster = clusterNamed(stack, volume.cluster.name)
    const ended = await throughBusy(cluster, 'DeleteVolume', remove, async () => {
      await refreshAll(stack)
      expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'DELETING' })
      expect(await promisedOn(volume.cluster)).toBe(before)
      expect(recordOf(stack, volume)).toEqual(record)
    })
    expect(ended).toMatchObject({ kind: 'DELETE_VOLUME', state: 'SUCCEEDED', error: null, progress: null })
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'DELETED' })
    expect(recordOf(stack, volume)).toBeUndefined()
    await waitForRest(stack)
    expect(await promisedOn(volume.cluster)).toBe(before - bytes)
  })

  it.each(LOST_RACES)('that is answered %i is asked for again, and says so', async (status, code) => {
    const volume = await newVolume(stack)
    const cluster = clusterNamed(stack, volume.cluster.name)
    cluster.faults.set({ kind: 'error', status, operations: ['DeleteVolume'], times: 1 })
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilEnded(stack, operation?.id)).toMatchObject({
      state: 'SUCCEEDED',
      error: null,
      attempts: [{ error: null }, { error: { code } }],
    })
    expect(recordOf(stack, volume)).toBeUndefined()
  })
})

/** What is provisioned on a cluster, and what is promised beyond that. */
async function promisedOn({ id }: { readonly id: string }): Promise<bigint> {
  const { cluster } = await stack.api.ask<{
    cluster: { capacity: { provisionedBytes: string; pendingBytes: string } }
  }>('query ($id: ID!) { cluster(id: $id) { capacity { provisionedBytes pendingBytes } } }', { id })
  return BigInt(cluster.capacity.provisionedBytes) + BigInt(cluster.capacity.pendingBytes)
}

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
