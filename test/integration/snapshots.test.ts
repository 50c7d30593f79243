import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readSnapshot,
  recordOf,
  type SnapshotAnswer,
  snapshotRecordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { readOperation } from '../testkit/operations.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 2, seed: 22 },
    pollIntervalMs: 500,
    env: patchedEnv(SHORT_LEASES),
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ createMs: 0, deleteMs: 0 })
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

const clusterOf = (volume: VolumeAnswer) => clusterNamed(stack, volume.cluster.name)

async function refresh(volume: VolumeAnswer): Promise<void> {
  const { operation } = await mutate(stack, 'refreshCluster', { id: volume.cluster.id }, 'operation { id }')
  await untilDone(stack, operation?.id)
}

async function findingsOf({ id }: VolumeAnswer) {
  const { findings } = await stack.api.ask<{ findings: { nodes: { state: string }[] } }>(
    `query ($id: ID!) { findings(where: {volumeId: [$id], state: [OPEN, RESOLVED]}) {
       nodes { kind state name snapshot { id } } } }`,
    { id },
  )
  return findings.nodes
}

interface AlertAnswer {
  readonly severity: string
  readonly message: string
}

async function alertsOf({ cluster: { id } }: VolumeAnswer): Promise<AlertAnswer[]> {
  const { cluster } = await stack.api.ask<{ cluster: { alerts: { nodes: AlertAnswer[] } } }>(
    'query ($id: ID!) { cluster(id: $id) { alerts(where: {kind: [FINDINGS_OPEN]}) { nodes { severity message } } } }',
    { id },
  )
  return cluster.alerts.nodes
}

describe('a snapshot', () => {
  it('is taken, listed and deleted, and takes no promised bytes', async () => {
    const volume = await newVolume(stack)
    const before = clusterOf(volume).provisionedBytes()
    const snapshot = await takeSnapshot(stack, volume, { labels: [{ key: 'why', value: 'upgrade' }] })
    expect(snapshot).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: volume.sizeBytes,
      labels: [{ key: 'why', value: 'upgrade' }],
    })
    expect(snapshotRecordOf(stack, snapshot)).toMatchObject({
      state: 'Available',
      description: `${volume.name} ${snapshot.name}`,
    })
    expect(clusterOf(volume).provisionedBytes()).toBe(before)

    const { operation } = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    expect(await untilDone(stack, operation?.id)).toMatchObject({
      kind: 'DELETE_SNAPSHOT',
      state: 'SUCCEEDED',
    })
    expect(snapshotRecordOf(stack, snapshot)).toBeUndefined()
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('DELETED')
  })

  it('is paged on its volume and over all, with conditions', async () => {
    const volume = await newVolume(stack)
    for (const name of ['a-1', 'a-2', 'b-1']) await takeSnapshot(stack, volume, { name })
    const { volume: answer, snapshots } = await stack.api.ask<{
      volume: {
        snapshots: { totalCount: number; nodes: { name: string }[]; pageInfo: { endCursor: string } }
      }
      snapshots: { nodes: { name: string }[] }
    }>(
      `query ($id: ID!, $where: SnapshotFilter!) {
        volume(id: $id) { snapshots(first: 2) { totalCount nodes { name } pageInfo { endCursor } } }
        snapshots(where: $where, orderBy: { field: NAME, direction: ASC }) { nodes { name } } }`,
      { id: volume.id, where: { volumeId: [volume.id], name: { startsWith: 'a-' }, state: ['AVAILABLE'] } },
    )
    expect(answer.snapshots).toMatchObject({ totalCount: 3, nodes: [{ name: 'b-1' }, { name: 'a-2' }] })
    expect(snapshots.nodes).toEqual([{ name: 'a-1' }, { name: 'a-2' }])
    const next = await stack.api.ask(
      `query ($id: ID!, $after: String!) { volume(id: $id) { snapshots(first: 2, after: $after) { nodes { name } } } }`,
      { id: volume.id, after: answer.snapshots.pageInfo.endCursor },
    )
    expect(next).toEqual({ volume: { snapshots: { nodes: [{ name: 'a-1' }] } } })
  })

  it.each([
    { kind: 'dropAnswer' },
    { kind: 'dropRequest' },
    { kind: 'error', status: 503 },
    { kind: 'error', status: 500 },
  ] as const)('is taken once, and deleted, in spite of %o', async (fault) => {
    const volume = await newVolume(stack)
    const cluster = clusterOf(volume)
    const count = cluster.snapshots().length
    cluster.faults.set({ ...fault, operations: ['CreateSnapshot'], times: 1 })
    const snapshot = await takeSnapshot(stack, volume)
    expect(cluster.snapshots()).toHaveLength(count + 1)
    cluster.faults.set({ ...fault, operations: ['DeleteSnapshot'], times: 1 })
    const { operation } = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(cluster.snapshots()).toHaveLength(count)
  })

  it('rule 9: whose first request is carried out after it was taken by a second one and deleted leaves nothing behind', async () => {
    const volume = await newVolume(stack)
    const cluster = clusterOf(volume)
    cluster.faults.set({ kind: 'holdBack', operations: ['CreateSnapshot'], times: 1 })
    const snapshot = await takeSnapshot(stack, volume)
    const { operation } = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    await untilDone(stack, operation?.id)
    const twin = () => snapshotRecordOf(stack, snapshot)
    expect(twin()).toBeUndefined()
    cluster.faults.clear()
    // Looked at often: it may be gone again in a moment.
    await vi.waitFor(() => expect(twin()).toBeDefined(), { interval: 1, timeout: 10_000 })
    await refresh(volume)
    await waitUntil('it to be deleted as well', () => twin() === undefined, 30_000)
    await refresh(volume)
    const deletion = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilDone(stack, deletion.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })

  it('that the cluster refuses has failed and says why', async () => {
    const volume = await newVolume(stack)
    clusterOf(volume).faults.set({
      kind: 'error',
      status: 501,
      message: 'no snapshots today',
      operations: ['CreateSnapshot'],
    })
    const { snapshot, operation } = await mutate<{ snapshot: SnapshotAnswer; operation: { id: string } }>(
      stack,
      'createSnapshot',
      { volumeId: volume.id, name: 'refused' },
      'snapshot { id } operation { id }',
    )
    const ended = await untilDone(stack, operation.id)
    expect(ended).toMatchObject({ kind: 'CREATE_SNAPSHOT', state: 'FAILED' })
    expect(ended.error?.message).toContain('no snapshots today')
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('FAILED')
  })

  it.each([400, 412])('rule 1: that is refused with %i while its volume is at work waits', async (status) => {
    const volume = await newVolume(stack)
    const cluster = clusterOf(volume)
    const uuid = recordOf(stack, volume)?.uuid ?? ''
    cluster.setVolumeState(uuid, 'Updating')
    cluster.faults.set({ kind: 'error', status, message: 'is being changed', operations: ['CreateSnapshot'] })
    const { snapshot, operation } = await mutate<{ snapshot: SnapshotAnswer; operation: { id: string } }>(
      stack,
      'createSnapshot',
      { volumeId: volume.id, name: 'waits' },
      'snapshot { id } operation { id }',
    )
    const told = await waitUntil('it to be tried', async () => {
      const { state, progress, attempts } = await readOperation(stack, operation.id)
      return attempts.length > 0 && { state, progress }
    })
    expect(told).toEqual({ state: 'RUNNING', progress: expect.stringContaining('is being changed') })
    cluster.setVolumeState(uuid, 'Available')
    cluster.faults.clear()
    expect(await untilDone(stack, operation.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('AVAILABLE')
  })

  it('whose name somebody else has on the cluster is not taken for it, and theirs is left alone', async () => {
    const volume = await newVolume(stack)
    const cluster = clusterOf(volume)
    cluster.faults.set({ kind: 'error', status: 503, message: 'busy', operations: ['CreateSnapshot'] })
    const { snapshot, operation } = await mutate<{ snapshot: SnapshotAnswer; operation: { id: string } }>(
      stack,
      'createSnapshot',
      { volumeId: volume.id, name: 'taken' },
      'snapshot { id backendName } operation { id }',
    )
    const other = cluster.createForeignVolume({ name: 'other', sizeBytes: 1n << 30n })
    const theirs = cluster.createForeignSnapshot(other.uuid, snapshot.backendName)
    cluster.faults.clear()
    expect(await untilDone(stack, operation.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'NAME_TAKEN' },
    })
    expect(await readSnapshot(stack, snapshot.id)).toMatchObject({ state: 'FAILED' })
    expect(cluster.snapshots().find(({ uuid }) => uuid === theirs.uuid)?.state).toBe('Available')
    cluster.deleteSnapshot(theirs.uuid)
    cluster.deleteVolume(other.uuid)
    await refresh(volume)
  })

  it('is finished when the worker is killed while its cluster takes it', async () => {
    const volume = await newVolume(stack)
    clusterOf(volume).setDelays({ createMs: 1_000 })
    const taken = takeSnapshot(stack, volume)
    await waitUntil('the cluster to be asked', () =>
      clusterOf(volume)
        .snapshots()
        .some(
          ({ state, sourceVolumeName }) => state === 'Creating' && sourceVolumeName === volume.backendName,
        ),
    )
    await stack.worker.stop('SIGKILL')
    await stack.worker.start()
    expect(await taken).toMatchObject({ state: 'AVAILABLE' })
  })

  it('goes by itself when its time is over', async () => {
    const volume = await newVolume(stack)
    const snapshot = await takeSnapshot(stack, volume, { retentionSeconds: 2 })
    await waitUntil('it to be gone', async () => (await readSnapshot(stack, snapshot.id)).state === 'DELETED')
    expect(snapshotRecordOf(stack, snapshot)).toBeUndefined()
  })

  it('that vanished is found as MISSING, raises an alert, and is no longer told of when it is deleted', async () => {
    const volume = await newVolume(stack)
    const kept = await takeSnapshot(stack, volume)
    const snapshot = await takeSnapshot(stack, volume)
    clusterOf(volume).deleteSnapshot(snapshotRecordOf(stack, snapshot)?.uuid ?? '')
    await refresh(volume)
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('MISSING')
    expect((await readSnapshot(stack, kept.id)).state).toBe('AVAILABLE')
    const found = () => findingsOf(volume)
    expect(await waitUntil('it to be found', async () => (await found()).at(0))).toEqual({
      kind: 'MISSING_SNAPSHOT',
      state: 'OPEN',
      name: snapshot.backendName,
      snapshot: { id: snapshot.id },
    })
    await waitUntil('a critical alert of it alone', async () =>
      (await alertsOf(volume)).some(
        ({ severity, message }) => severity === 'CRITICAL' && message.endsWith(': 1 MISSING_SNAPSHOT'),
      ),
    )
    const { operation } = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(await found()).toMatchObject([{ state: 'RESOLVED' }])
  })
})
