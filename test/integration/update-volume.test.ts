import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  mutate,
  newVolume,
  readVolume,
  recordOf,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { askBulk } from '../testkit/operations.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 2, seed: 21 },
    pollIntervalMs: 500,
    env: patchedEnv(SHORT_LEASES),
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ updateMs: 0 })
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

const labels = [{ key: 'app', value: 'db' }]
const update = (id: string, input: Record<string, unknown>) => mutate(stack, 'updateVolume', { id, ...input })

describe('generations', () => {
  const read = async (id: string) =>
    (
      await stack.api.ask<{ volume: { generation: number; settledGeneration: number; state: string } }>(
        'query ($id: ID!) { volume(id: $id) { generation settledGeneration state } }',
        { id },
      )
    ).volume

  it('count what was asked of the cluster, and tell what has come to an end', async () => {
    const { id, cluster } = await newVolume(stack, { labels })
    expect(await read(id)).toEqual({ generation: 1, settledGeneration: 1, state: 'AVAILABLE' })

    await update(id, { name: `renamed-${id}` })
    expect(await read(id)).toMatchObject({ generation: 1, settledGeneration: 1 })

    clusterNamed(stack, cluster.name).setDelays({ updateMs: 1_500 })
    const { operation } = await update(id, { labels: [] })
    expect(await read(id)).toEqual({ generation: 2, settledGeneration: 1, state: 'UPDATING' })
    await untilDone(stack, operation?.id)
    expect(await read(id)).toEqual({ generation: 2, settledGeneration: 2, state: 'AVAILABLE' })

    clusterNamed(stack, cluster.name).faults.set({
      kind: 'error',
      status: 400,
      operations: ['UpdateVolume'],
    })
    const refused = await update(id, { sizeBytes: '16GiB' })
    expect(await untilDone(stack, refused.operation?.id)).toMatchObject({ state: 'FAILED' })
    expect(await read(id)).toEqual({ generation: 3, settledGeneration: 3, state: 'AVAILABLE' })

    const deleted = await mutate(stack, 'deleteVolume', { id })
    await untilDone(stack, deleted.operation?.id)
    expect(await read(id)).toEqual({ generation: 4, settledGeneration: 4, state: 'DELETED' })
  })
})

describe('a smaller size', () => {
  it('is refused without force, in words that say what force does', async () => {
    const volume = await newVolume(stack, { labels })
    const refused = await update(volume.id, { sizeBytes: String(2n * GIB) })
    expect(refused).toMatchObject({ __typename: 'WouldShrinkError', code: 'WOULD_SHRINK' })
    expect(refused.message).toMatch(/last 6442450944 bytes is lost for good.*updateVolume\(force: true\)/)
    expect(await readVolume(stack, volume.id)).toEqual(volume)
  })

  it('is promised no sooner than the cluster has confirmed it, and then once', async () => {
    const volume = await newVolume(stack, { labels })
    clusterNamed(stack, volume.cluster.name).setDelays({ updateMs: 1_500 })
    const { volume: shrinking, operation } = await update(volume.id, {
      sizeBytes: String(2n * GIB),
      force: true,
    })
    expect(shrinking).toMatchObject({
      state: 'RESIZING',
      sizeBytes: volume.sizeBytes,
      shrinkToBytes: String(2n * GIB),
    })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ kind: 'RESIZE_VOLUME', state: 'SUCCEEDED' })
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: String(2n * GIB),
      shrinkToBytes: null,
    })
    expect(recordOf(stack, volume)?.sizeBytes).toBe(2n * GIB)
  })

  it('that the cluster refuses leaves the former one', async () => {
    const volume = await newVolume(stack, { labels })
    clusterNamed(stack, volume.cluster.name).faults.set({
      kind: 'error',
      status: 400,
      message: 'shrinking is not for today',
      operations: ['UpdateVolume'],
    })
    const { operation } = await update(volume.id, { sizeBytes: String(2n * GIB), force: true })
    const ended = await untilDone(stack, operation?.id)
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'INVALID_ARGUMENT' } })
    expect(ended.error?.message).toContain('not for today')
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      sizeBytes: volume.sizeBytes,
      shrinkToBytes: null,
    })
    expect(recordOf(stack, volume)?.sizeBytes).toBe(8n * GIB)
  })

  it('and one that grows again after it are both finished when the worker is killed in between', async () => {
    const volume = await newVolume(stack, { labels })
    clusterNamed(stack, volume.cluster.name).setDelays({ updateMs: 1_000 })
    const shrunk = await update(volume.id, { sizeBytes: String(GIB), force: true })
    await waitUntil('the cluster to be asked', () => recordOf(stack, volume)?.state === 'Updating')
    await stack.worker.stop('SIGKILL')
    await stack.worker.start()
    expect(await untilDone(stack, shrunk.operation?.id, 60_000)).toMatchObject({ state: 'SUCCEEDED' })
    const grown = await update(volume.id, { sizeBytes: String(4n * GIB) })
    expect(await untilDone(stack, grown.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)?.sizeBytes).toBe(4n * GIB)
  })
})

describe('what is asked of the cluster', () => {
  const CHANGES = [
    { input: { sizeBytes: String(GIB), force: true }, wanted: { sizeBytes: GIB }, kind: 'resized' },
    { input: { sizeBytes: String(9n * GIB) }, wanted: { sizeBytes: 9n * GIB }, kind: 'resized' },
    {
      input: { labels: [{ key: 'app', value: 'web' }] },
      wanted: { labels: [{ key: 'app', value: 'web' }] },
      kind: 'changed',
    },
    { input: { compression: true }, wanted: { compression: true }, kind: 'changed' },
    {
      input: { qosPolicy: 'silver' },
      wanted: { qosPolicyUuid: expect.stringMatching(/./) },
      kind: 'changed',
    },
  ] as const

  beforeAll(() => {
    for (const cluster of stack.fleet.clusters) cluster.createQosPolicy('silver')
  })

  /** What the API brought about on the volume; changes of others that are no resizing leave no trace. */
  const kindsOf = ({ cluster, backendName }: Pick<VolumeAnswer, 'cluster' | 'backendName'>) =>
    clusterNamed(stack, cluster.name)
      .history()
      .flatMap(({ volumeName, kind }) => (volumeName === backendName ? kind : []))

  it.each([
    { kind: 'dropAnswer' },
    { kind: 'dropRequest' },
    { kind: 'error', status: 503 },
    { kind: 'error', status: 412 },
  ] as const)('comes to be once, whatever it is, in spite of %o', async (fault) => {
    await Promise.all(
      CHANGES.map(async ({ input, wanted, kind }) => {
        const volume = await newVolume(stack, { labels })
        const { uuid } = recordOf(stack, volume) ?? expect.fail(`${volume.name} is not there`)
        const { faults } = clusterNamed(stack, volume.cluster.name)
        faults.add({ ...fault, operations: ['UpdateVolume'], uuid, times: 1 })
        const { operation } = await update(volume.id, input)
        const what = Object.keys(input).join()
        expect(await untilDone(stack, operation?.id), what).toMatchObject({ state: 'SUCCEEDED' })
        expect(faults.list(), what).not.toContainEqual(expect.objectContaining({ uuid }))
        expect(recordOf(stack, volume), what).toMatchObject(wanted)
        expect(kindsOf(volume), what).toEqual(['created', kind])
      }),
    )
  })

  it('is asked for again when somebody else has written the volume since it was looked at', async () => {
    const volume = await newVolume(stack, { labels })
    const { uuid, etag } = recordOf(stack, volume) ?? expect.fail('the volume is not there')
    const cluster = clusterNamed(stack, volume.cluster.name)
    const ofIt = { kind: 'latency' as const, operations: ['UpdateVolume'], uuid }
    // The second delays nothing: it counts what arrives.
    cluster.faults.set({ ...ofIt, delayMs: 3_000, times: 1 }, { ...ofIt, delayMs: 0, times: 100 })
    const ours = [{ key: 'app', value: 'web' }]
    const { operation } = await update(volume.id, { labels: ours })
    await waitUntil('our change to arrive', () => cluster.faults.list().length === 1)
    expect(recordOf(stack, volume), 'our change is not carried out yet').toMatchObject({ labels, etag })
    cluster.relabelVolume(uuid, [{ key: 'app', value: 'theirs' }])

    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(cluster.faults.list()).toMatchObject([{ times: 98 }])
    expect(recordOf(stack, volume)).toMatchObject({ labels: ours, etag: etag + 2 })
    expect(kindsOf(volume)).toEqual(['created', 'changed'])
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE', labels: ours })
  })
})

describe('other properties', () => {
  it('a name is changed at once, and the cluster is not asked', async () => {
    const volume = await newVolume(stack, { labels })
    clusterNamed(stack, volume.cluster.name).faults.set({
      kind: 'error',
      status: 500,
      operations: ['UpdateVolume'],
    })
    const { volume: renamed, operation } = await update(volume.id, {
      name: `${volume.name}-renamed`,
      expectedRevision: volume.revision,
    })
    expect(operation?.state).toBe('SUCCEEDED')
    expect(renamed).toMatchObject({ name: `${volume.name}-renamed`, state: 'AVAILABLE' })
    expect(recordOf(stack, volume)).toBeDefined()
    const again = await update(volume.id, { name: 'other', expectedRevision: volume.revision })
    expect(again.code).toBe('REVISION_CONFLICT')
    const other = await newVolume(stack, { labels })
    expect((await update(other.id, { name: `${volume.name}-renamed` })).code).toBe('NAME_TAKEN')
  })

  it('labels and compression reach the cluster, in one with growth', async () => {
    const volume = await newVolume(stack, { labels })
    const { operation } = await update(volume.id, {
      labels: [{ key: 'app', value: 'web' }],
      compression: true,
      sizeBytes: String(16n * GIB),
    })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      compression: true,
      labels: [{ key: 'app', value: 'web' }],
    })
    expect(recordOf(stack, volume)).toMatchObject({
      compression: true,
      labels: [{ key: 'app', value: 'web' }],
      sizeBytes: 16n * GIB,
    })
  })

  it('that the cluster refuses are put back to what they were', async () => {
    const volume = await newVolume(stack, { labels })
    clusterNamed(stack, volume.cluster.name).faults.set({
      kind: 'error',
      status: 501,
      operations: ['UpdateVolume'],
    })
    const { operation } = await update(volume.id, { labels: [], compression: true })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ kind: 'UPDATE_VOLUME', state: 'FAILED' })
    expect(await readVolume(stack, volume.id)).toMatchObject({
      state: 'AVAILABLE',
      compression: volume.compression,
      labels: volume.labels,
    })
  })

  it('a QoS policy is the one that its cluster has under the name; an unknown one is refused', async () => {
    const volume = await newVolume(stack, { labels })
    const { uuid } = clusterNamed(stack, volume.cluster.name).createQosPolicy(`gold-${volume.name}`)
    const set = await update(volume.id, { qosPolicy: `gold-${volume.name}` })
    expect(await untilDone(stack, set.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toMatchObject({ qosPolicyUuid: uuid, labels })
    const wrong = await update(volume.id, { qosPolicy: 'nobody-knows-it' })
    expect(await untilDone(stack, wrong.operation?.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'UNKNOWN_QOS_POLICY' },
    })
    const { volume: after } = await stack.api.ask<{ volume: object }>(
      'query ($id: ID!) { volume(id: $id) { state qosPolicy } }',
      { id: volume.id },
    )
    expect(after).toEqual({ state: 'AVAILABLE', qosPolicy: `gold-${volume.name}` })
    const kept = await update(volume.id, { compression: !volume.compression })
    expect(await untilDone(stack, kept.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toMatchObject({ qosPolicyUuid: uuid })
    const taken = await update(volume.id, { qosPolicy: null })
    expect(await untilDone(stack, taken.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toMatchObject({ qosPolicyUuid: '', labels })
    const selection = { ids: [volume.id] }
    for (const [qosPolicy, qosPolicyUuid] of [
      [`gold-${volume.name}`, uuid],
      [null, ''],
    ]) {
      const idempotencyKey = `${volume.name}-${qosPolicy}`
      const bulk = await askBulk(stack, 'bulkUpdateVolumes', { idempotencyKey, selection, qosPolicy })
      expect(await untilDone(stack, bulk.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      expect(recordOf(stack, volume)).toMatchObject({ qosPolicyUuid })
    }
  })
})
