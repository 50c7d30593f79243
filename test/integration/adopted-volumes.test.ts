import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readVolume,
  recordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { adopted, openFindings } from '../testkit/foreign-volumes.ts'
import { createPolicy } from '../testkit/policies.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const STRANGER = 'nqn.2019-09.com.example:stranger'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 2, seed: 37 }, pollIntervalMs: 500 })
})
afterAll(() => stack?.close())
afterEach(async () => {
  await waitForRest(stack)
  await refresh()
  expect(await checkFleet(stack)).toEqual([])
})

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)

const refresh = () => refreshAll(stack)

/** What a drain plan says that stands in the volume's way. */
async function blocksOf({ id, cluster }: VolumeAnswer): Promise<readonly { reason: string }[]> {
  const { drainPlan } = await stack.api.ask<{
    drainPlan: { moves: { nodes: { volume: { volumeId: string; blocks: { reason: string }[] } }[] } }
  }>(
    `query ($id: ID!) { drainPlan(clusterId: $id) { ... on DrainPlanPayload { moves { nodes {
       volume { volumeId blocks { reason explanation } } } } } } }`,
    { id: cluster.id },
  )
  return drainPlan.moves.nodes.find(({ volume }) => volume.volumeId === id)?.volume.blocks ?? []
}

/** What is asked for, done. */
async function done(field: string, input: Record<string, unknown>): Promise<void> {
  const { operation, message } = await mutate(stack, field, input)
  if (!operation) throw new Error(message)
  expect(await untilDone(stack, operation.id)).toMatchObject({ state: 'SUCCEEDED' })
}

describe('an adopted volume', () => {
  it('is not deleted or moved without a word about its snapshots and their clones, which stay when it goes', async () => {
    const record = home().createForeignVolume({ name: 'kept', sizeBytes: GIB, replicaCount: 2 })
    const source = home().createForeignSnapshot(record.uuid, 'nightly')
    home().createForeignSnapshot(record.uuid, 'weekly')
    const clone = { sizeBytes: GIB, replicaCount: 2, source }
    home().createForeignVolume({ ...clone, name: 'theirs' })
    const takenOver = home().createForeignVolume({ ...clone, name: 'taken-over' })
    const volume = await adopted(stack, record)
    const adoptedClone = await adopted(stack, takenOver)
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
      explanation: expect.stringContaining('has 0 clones, and 2 on its cluster that were not made here'),
    })
    expect((await blocksOf(volume))[0]).toEqual({
      reason: 'HAS_SNAPSHOTS',
      explanation: expect.stringContaining('2 on its cluster that were not taken here'),
    })
    expect(
      await waitUntil('the clone to be seen as one', async () =>
        (await blocksOf(adoptedClone)).find(({ reason }) => reason !== 'NOT_LOOKED_AT'),
      ),
    ).toEqual({
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

  it.each([
    ['longer than names of ours can be', 'n'.repeat(300), 'n'.repeat(253)],
    ['in letters and signs that ours cannot have', 'größe 価格/💾?a=%41&b#c', 'gr-e-a-41-b-c'],
  ])(
    'whose name there is %s has one that is made of it, and goes by its own there',
    async (_what, name, ours) => {
      const record = home().createForeignVolume({ name, sizeBytes: GIB })
      const volume = await adopted(stack, record)
      expect(volume).toMatchObject({ name: ours, backendName: name })
      await done('resizeVolume', { id: volume.id, sizeBytes: '2GiB' })
      expect(recordOf(stack, volume)).toMatchObject({ uuid: record.uuid, name, sizeBytes: 2n * GIB })
      await done('deleteVolume', { id: volume.id })
      expect(recordOf(stack, volume)).toBeUndefined()
    },
  )

  it('is told apart from one of the same name on another cluster, and neither is taken for the other', async () => {
    const name = 't'.repeat(300)
    const [one, other] = await Promise.all(
      stack.fleet.clusters.map(async (cluster) => {
        const record = cluster.createForeignVolume({ name, sizeBytes: GIB })
        return { cluster, record, volume: await adopted(stack, record) }
      }),
    )
    if (!one || !other) throw new Error('two clusters')
    const made = (uuid: string) => `${'t'.repeat(244)}-${uuid.slice(0, 8)}`
    const names = [one.volume.name, other.volume.name]
    expect(names).toContain('t'.repeat(253))
    expect([made(one.record.uuid), made(other.record.uuid)]).toContain(
      names.find((each) => each !== 't'.repeat(253)),
    )
    for (const { volume, record, cluster } of [one, other]) {
      expect(volume).toMatchObject({ backendName: name, cluster: { name: cluster.name } })
      expect(recordOf(stack, volume)).toEqual(record)
    }
    await done('resizeVolume', { id: other.volume.id, sizeBytes: '2GiB' })
    expect(recordOf(stack, one.volume)).toEqual(one.record)
    await done('deleteVolume', { id: one.volume.id })
    expect(recordOf(stack, one.volume)).toBeUndefined()
    expect(recordOf(stack, other.volume)).toMatchObject({ uuid: other.record.uuid, sizeBytes: 2n * GIB })
    await done('deleteVolume', { id: other.volume.id })
  })

  it('keeps its name in another project, and is put back as it was found where the policy says so', async () => {
    await createPolicy(stack.api, { name: 'strict', drift: 'REVERT' })
    const record = home().createForeignVolume({
      name: 'billing',
      sizeBytes: 4n * GIB,
      compression: true,
      labels: [{ key: 'app', value: 'billing' }],
    })
    const { uuid } = record
    home().setVolumeAcl(uuid, [STRANGER])
    const there = () => {
      const volumes = home().volumes()
      return { ...volumes.find((each) => each.uuid === uuid), etag: null }
    }
    const found = there()
    await newVolume(stack, { name: 'billing' })
    const { id } = await adopted(stack, record, { project: 'accounts', policy: 'strict' })
    const volumeNow = async () => {
      const { volume } = await stack.api.ask<{ volume: object }>(
        'query ($id: ID!) { volume(id: $id) { name project policyName state labels { key } placementDecision { id } } }',
        { id },
      )
      return volume
    }
    const adoptedSo = {
      name: 'billing',
      project: 'accounts',
      policyName: 'strict',
      state: 'AVAILABLE',
      labels: [],
      placementDecision: null,
    }
    expect(await volumeNow()).toEqual(adoptedSo)
    expect(there()).toEqual(found)

    home().renameVolume(uuid, 'astray')
    home().resizeVolume(uuid, GIB)
    home().setVolumeCompression(uuid, false)
    home().relabelVolume(uuid, [{ key: 'app', value: 'astray' }])
    home().setVolumeAcl(uuid, ['ALLOW_ANY'])
    const history = await waitUntil('all of it to be put back', async () => {
      await refresh()
      expect(there()).toEqual(found)
      const { findings } = await stack.api.ask<{
        findings: { nodes: { state: string; history: { action: string }[] }[] }
      }>(
        'query ($id: ID!) { findings(where: { kind: [CHANGED], volumeId: [$id], state: [OPEN, RESOLVED] }) { nodes { state history { action } } } }',
        { id },
      )
      const [drift] = findings.nodes
      return drift?.state === 'RESOLVED' && drift.history.map(({ action }) => action)
    })
    expect(history).toContain('REVERTED')
    expect(await volumeNow()).toEqual(adoptedSo)
  })
})
