import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { countRequests } from '../faults/clusters.ts'
import {
  clusterNamed,
  mutate,
  newVolume,
  readSnapshot,
  readVolume,
  recordOf,
  snapshotRecordOf,
  takeSnapshot,
  untilDone,
} from '../testkit/data-life.ts'
import { untilEnded } from '../testkit/operations.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { type DecisionAnswer, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, seed: 23 },
    pollIntervalMs: 500,
    env: patchedEnv(SHORT_LEASES),
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ createMs: 0 })
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

let serial = 0

interface Cloned {
  readonly __typename: string
  readonly message?: string
  readonly volume?: { readonly id: string; readonly sourceSnapshot: { readonly id: string } }
  readonly operation?: { readonly id: string }
  readonly decision?: DecisionAnswer
}

const DECISION = `decision { id cluster { id name } verdicts { clusterName rejection { reason explanation } } }`

const clone = (source: object, input: object = {}) =>
  mutate<Cloned>(
    stack,
    'createVolume',
    { name: `clone-${++serial}`, source, ...input },
    `volume { id sourceSnapshot { id } } operation { id } ${DECISION}`,
  )

async function finishedClone(source: object, input: object = {}) {
  const { volume, operation, message } = await clone(source, input)
  const ended = await untilDone(stack, operation?.id, 60_000)
  if (!volume || ended.state !== 'SUCCEEDED') throw new Error(message ?? ended.error?.message)
  return { ...(await readVolume(stack, volume.id)), sourceSnapshot: volume.sourceSnapshot }
}

const isLingering = async (id: string) => (await readSnapshot(stack, id)).state === 'LINGERING'

/** Of snapshots, whoever was last at work on each. */
async function leaseNumbers(ids: readonly string[]): Promise<readonly bigint[]> {
  const { rows } = await stack.sql.query<{ number: bigint }>(
    'SELECT lease_number AS number FROM snapshot WHERE id = ANY ($1) ORDER BY id',
    [ids],
  )
  return rows.map(({ number }) => number)
}

async function untilPolled({ id }: { readonly id: string }, times: number): Promise<void> {
  const read = async () => {
    const { rows } = await stack.sql.query<{ sequence: bigint }>(
      'SELECT sequence FROM cluster_capacity WHERE cluster_id = $1',
      [id],
    )
    return rows[0]?.sequence ?? 0n
  }
  const before = await read()
  await waitUntil(`${times} polls`, async () => (await read()) >= before + BigInt(times))
}

const cordon = (id: string, adminState: string) =>
  mutate(stack, 'updateCluster', { id, adminState }, 'cluster { id }')

describe('a clone of a snapshot', () => {
  it('goes to the cluster of its source, wherever else there is room, and the decision says so and replays', async () => {
    const volume = await newVolume(stack, { sizeBytes: '900GiB' })
    const snapshot = await takeSnapshot(stack, volume)
    const answer = await clone({ snapshotId: snapshot.id })
    expect(answer.decision?.cluster?.name).toBe(volume.cluster.name)
    const others = answer.decision?.verdicts.filter(({ clusterName }) => clusterName !== volume.cluster.name)
    expect(others).toHaveLength(2)
    for (const { rejection } of others ?? []) {
      expect(rejection).toEqual({
        reason: 'NOT_SOURCE_CLUSTER',
        explanation: `the source is on cluster ${volume.cluster.name}; clones and restores stay on their source's cluster`,
      })
    }
    await untilDone(stack, answer.operation?.id)
    const own = await readVolume(stack, answer.volume?.id ?? '')
    expect(own).toMatchObject({ state: 'AVAILABLE', sizeBytes: volume.sizeBytes })
    expect(recordOf(stack, own)?.sourceSnapshotName).toBe(snapshot.backendName)
    const { placementDecision } = await stack.api.ask<{
      placementDecision: DecisionAnswer & { hops: unknown }
    }>(
      'query ($id: ID!) { placementDecision(id: $id) { cluster { name } verdicts { rejection { reason } } hops { pinnedTo { name } } } }',
      { id: answer.decision?.id },
    )
    expect(placementDecision.cluster?.name).toBe(volume.cluster.name)
    expect(placementDecision.hops).toEqual([{ pinnedTo: { name: volume.cluster.name } }])
  })

  it('may be larger, not smaller, and has the replicas and compression of its source', async () => {
    const volume = await newVolume(stack)
    const { id: snapshotId } = await takeSnapshot(stack, volume)
    expect(await finishedClone({ snapshotId }, { sizeBytes: '16GiB' })).toMatchObject({
      sizeBytes: String(16n * GIB),
    })
    for (const [input, message] of [
      [
        { sizeBytes: '4GiB' },
        /sizeBytes: 4294967296 is less than its source has; allowed: 8589934592 or more/,
      ],
      [{ replicas: 1 }, /replicas: is 1; allowed: 2, as its source has/],
      [{ compression: true }, /compression: is true; allowed: false/],
      [{ project: 'other' }, /no snapshot snp_.* in project other/],
    ] as const) {
      expect((await clone({ snapshotId }, input)).message).toMatch(message)
    }
    expect((await clone({ snapshotId, volumeId: volume.id })).message).toMatch(/exactly one of/)
    expect((await clone({})).message).toMatch(/exactly one of/)
  })

  it('is refused with every verdict when the cluster of its source does not qualify', async () => {
    const volume = await newVolume(stack)
    const { id: snapshotId } = await takeSnapshot(stack, volume)
    await cordon(volume.cluster.id, 'CORDONED')
    const { __typename, message } = await clone({ snapshotId })
    await cordon(volume.cluster.id, 'ACTIVE')
    expect(__typename).toBe('NoFeasibleClusterError')
    expect(message).toContain('is cordoned')
    expect(message).toContain(`the source is on cluster ${volume.cluster.name}`)
  })

  it('is given up when its cluster refuses it, and no other is tried', async () => {
    const volume = await newVolume(stack)
    const { id: snapshotId } = await takeSnapshot(stack, volume)
    clusterNamed(stack, volume.cluster.name).faults.set({
      kind: 'error',
      status: 400,
      operations: ['CreateVolume'],
    })
    const { volume: wanted, operation } = await clone({ snapshotId })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'FAILED' })
    expect(await readVolume(stack, wanted?.id ?? '')).toMatchObject({
      state: 'FAILED',
      cluster: { name: volume.cluster.name },
    })
  })

  it('keeps its snapshot lingering, which is shown, until it is gone', async () => {
    const volume = await newVolume(stack)
    const snapshot = await takeSnapshot(stack, volume)
    const own = await finishedClone({ snapshotId: snapshot.id })
    const deleted = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    await waitUntil('it to linger', () => isLingering(snapshot.id))
    const { snapshot: shown } = await stack.api.ask<{ snapshot: object }>(
      `query ($id: ID!) { snapshot(id: $id) { clones { nodes { id } } latestOperation { state progress } } }`,
      { id: snapshot.id },
    )
    expect(shown).toEqual({
      clones: { nodes: [{ id: own.id }] },
      latestOperation: {
        state: 'RUNNING',
        progress: 'its cluster keeps the snapshot until its clone is gone',
      },
    })
    await mutate(stack, 'deleteVolume', { id: own.id })
    expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect((await readSnapshot(stack, snapshot.id)).state).toBe('DELETED')
  })

  it('made by others keeps it too; it goes with the inventory that shows that they are gone', async () => {
    const volume = await newVolume(stack)
    const snapshot = await takeSnapshot(stack, volume)
    const cluster = clusterNamed(stack, volume.cluster.name)
    const source = snapshotRecordOf(stack, snapshot)
    if (!source) throw new Error('it is not on its cluster')
    const name = `of-others-${++serial}`
    const foreign = cluster.createForeignVolume({ name, sizeBytes: source.sizeBytes, source })
    const deleted = await mutate(stack, 'deleteSnapshot', { id: snapshot.id }, 'operation { id }')
    await waitUntil('it to linger', () => isLingering(snapshot.id))
    // So that nothing but an inventory makes it due.
    await stack.sql.query(
      `UPDATE snapshot SET next_reconcile_at = clock_timestamp() + interval '1 h' WHERE id = $1`,
      [snapshot.id],
    )
    cluster.deleteVolume(foreign.uuid)
    expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })

  it('is previewed where it would go', async () => {
    const volume = await newVolume(stack)
    const { id: snapshotId } = await takeSnapshot(stack, volume)
    const { previewPlacement } = await stack.api.ask<{ previewPlacement: object }>(
      `query ($input: [PreviewPlacementInput!]!) { previewPlacement(input: $input) {
        ... on PreviewPlacementPayload { placements { sizeBytes cluster { name } } } ... on Error { message } } }`,
      { input: [{ source: { snapshotId } }, { source: { volumeId: volume.id }, sizeBytes: '1TiB' }] },
    )
    const { name } = volume.cluster
    expect(previewPlacement).toEqual({
      placements: [
        { sizeBytes: volume.sizeBytes, cluster: { name } },
        { sizeBytes: String(1n << 40n), cluster: { name } },
      ],
    })
  })
})

describe('a clone of a volume', () => {
  it.each([{ kind: 'latency', delayMs: 0 }, { kind: 'dropAnswer' }, { kind: 'error', status: 503 }] as const)(
    'is made from a snapshot of its own, which lingers under it alone, with %o',
    async (fault) => {
      const volume = await newVolume(stack)
      clusterNamed(stack, volume.cluster.name).faults.set({
        ...fault,
        operations: ['CreateSnapshot', 'CreateVolume'],
        times: 2,
      })
      const own = await finishedClone({ volumeId: volume.id })
      expect(own.cluster.name).toBe(volume.cluster.name)
      await waitUntil('its snapshot to linger', () => isLingering(own.sourceSnapshot.id))
      expect((await readSnapshot(stack, own.sourceSnapshot.id)).madeFor).toEqual({ id: own.id })
      await mutate(stack, 'deleteVolume', { id: own.id })
      await waitUntil(
        'its snapshot to be gone',
        async () => (await readSnapshot(stack, own.sourceSnapshot.id)).state === 'DELETED',
      )
    },
  )

  it('asks nothing for its snapshot while it lives, neither its cluster nor the database', async () => {
    const volume = await newVolume(stack)
    const clones = []
    for (let number = 0; number < 3; number++) clones.push(await finishedClone({ volumeId: volume.id }))
    const ids = clones.map(({ sourceSnapshot }) => sourceSnapshot.id)
    for (const id of ids) await waitUntil('its snapshot to linger', () => isLingering(id))
    const requests = countRequests(clusterNamed(stack, volume.cluster.name), [
      'GetSnapshot',
      'DeleteSnapshot',
      'CreateSnapshot',
    ])
    const leased = await leaseNumbers(ids)
    await untilPolled(volume.cluster, 20)
    expect(requests()).toBe(0)
    expect(await leaseNumbers(ids)).toEqual(leased)
    for (const [index, clone] of clones.entries()) {
      await mutate(stack, 'deleteVolume', { id: clone.id })
      const id = ids[index] ?? ''
      await waitUntil('its snapshot to be gone', async () => !(await isLingering(id)))
      expect(await readSnapshot(stack, id)).toMatchObject({ state: 'DELETED' })
    }
  })

  it('fails with its snapshot, when the cluster is full, and says why', async () => {
    const volume = await newVolume(stack)
    clusterNamed(stack, volume.cluster.name).faults.set({
      kind: 'error',
      status: 429,
      message: 'no space left',
      operations: ['CreateSnapshot'],
    })
    const { operation } = await clone({ volumeId: volume.id })
    const ended = await untilEnded(stack, operation?.id)
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'NO_SOURCE' } })
    expect(ended.attempts.map(({ error }) => error?.code)).toContain('NO_SPACE')
  })

  it('is finished when the worker is killed while it is made', async () => {
    const volume = await newVolume(stack)
    clusterNamed(stack, volume.cluster.name).setDelays({ createMs: 1_000 })
    const { operation } = await clone({ volumeId: volume.id })
    await waitUntil('the snapshot to be asked for', () =>
      clusterNamed(stack, volume.cluster.name)
        .snapshots()
        .some(({ state }) => state === 'Creating'),
    )
    await stack.worker.stop('SIGKILL')
    await stack.worker.start()
    expect(await untilDone(stack, operation?.id, 90_000)).toMatchObject({ state: 'SUCCEEDED' })
  })
})
