import { ApiClient as ClusterClient } from '@flotilla/simulator/testing/api-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  readVolume,
  recordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { adopted, openFindings } from '../testkit/foreign-volumes.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const GIB = 1n << 30n

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 37 }, pollIntervalMs: 500 })
})
afterAll(() => stack?.close())

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)

const refresh = () => refreshAll(stack)

async function cloneBehindOurBack(name: string, sourceSnapshotUUID: string | undefined) {
  const body = { name, size: '1 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] }, sourceSnapshotUUID }
  const answer = await new ClusterClient(home()).call('POST', '/api/v2/projects/default/volumes', { body })
  expect(answer.status).toBe(200)
  return { name, uuid: answer.json<{ UUID: string }>().UUID }
}

/** What a drain plan says that stands in the volume's way. */
async function blocksOf({ id, cluster }: VolumeAnswer): Promise<readonly object[]> {
  const { drainPlan } = await stack.api.ask<{
    drainPlan: { moves: { nodes: { volume: { volumeId: string; blocks: object[] } }[] } }
  }>(
    `query ($id: ID!) { drainPlan(clusterId: $id) { ... on DrainPlanPayload { moves { nodes {
       volume { volumeId blocks { reason explanation } } } } } } }`,
    { id: cluster.id },
  )
  return drainPlan.moves.nodes.find(({ volume }) => volume.volumeId === id)?.volume.blocks ?? []
}

describe('an adopted volume', () => {
  it('is not deleted or moved without a word about its snapshots and their clones, which stay when it goes', async () => {
    const record = home().createForeignVolume({ name: 'kept', sizeBytes: GIB, replicaCount: 2 })
    const [nightly] = ['nightly', 'weekly'].map((name) => home().createForeignSnapshot(record.uuid, name))
    await cloneBehindOurBack('theirs', nightly?.uuid)
    const takenOver = await cloneBehindOurBack('taken-over', nightly?.uuid)
    const volume = await adopted(stack, record)
    const clone = await adopted(stack, takenOver)
    await waitUntil('an inventory to look at it', async () => {
      const answer = await stack.api.ask<{
        volume: { observed: { foreignSnapshotCount: number | null } }
      }>('query ($id: ID!) { volume(id: $id) { observed { foreignSnapshotCount } } }', { id: volume.id })
      return answer.volume.observed.foreignSnapshotCount === 2
    })
    expect(
      await mutate(
        stack,
        'deleteVolume',
        { id: volume.id },
        'operation { id } } ... on HasDependentsError { snapshots { id } foreignSnapshotCount',
      ),
    ).toMatchObject({
      code: 'HAS_DEPENDENTS',
      snapshots: [],
      foreignSnapshotCount: 2,
      message: expect.stringContaining('2 more on its cluster that were not taken here'),
    })
    expect(await waitUntil('the clones to be seen', async () => (await blocksOf(volume))[1])).toEqual({
      reason: 'CLONE_FAMILY',
      explanation: expect.stringContaining('has 0 clones, and 1 on its cluster that are not ours'),
    })
    expect((await blocksOf(volume))[0]).toEqual({
      reason: 'HAS_SNAPSHOTS',
      explanation: expect.stringContaining('2 on its cluster that were not taken here'),
    })
    expect(await waitUntil('the clone to be seen as one', async () => (await blocksOf(clone))[0])).toEqual({
      reason: 'CLONE_FAMILY',
      explanation: expect.stringContaining('is a clone'),
    })
    const deleted = await mutate(stack, 'deleteVolume', { id: volume.id, cascade: true })
    expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(
      home()
        .snapshots()
        .map(({ name }) => name),
    ).toEqual(expect.arrayContaining(['nightly', 'weekly']))
  })

  it('has clones beside it in its project of the cluster, which are ours', async () => {
    const record = home().createForeignVolume({ name: 'elsewhere', projectName: 'system', sizeBytes: GIB })
    const volume = await adopted(stack, record)
    const snapshot = await takeSnapshot(stack, volume)
    for (const [name, source] of [
      ['of-snapshot', { snapshotId: snapshot.id }],
      ['of-volume', { volumeId: volume.id }],
    ] as const) {
      const { operation, volume: clone } = await mutate(stack, 'createVolume', { name, source })
      expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      const own = recordOf(stack, await readVolume(stack, clone?.id ?? ''))
      expect(own).toMatchObject({ projectName: 'system', sizeBytes: record.sizeBytes })
      await refresh()
      expect(await openFindings(stack, own?.name ?? '')).toEqual([])
      const deleted = await mutate(stack, 'deleteVolume', { id: clone?.id })
      expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    }
    const deleted = await mutate(stack, 'deleteVolume', { id: volume.id, cascade: true })
    expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })
})
