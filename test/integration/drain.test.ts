import { afterAll, beforeAll, expect, test } from 'vitest'
import { carryOutMove } from '../testkit/carry-out-move.ts'
import {
  clusterNamed,
  newVolume,
  readVolume,
  recordOf,
  takeSnapshot,
  untilDone,
} from '../testkit/data-life.ts'
import { drainScripts } from '../testkit/drain-scripts.ts'
import { attach, newHost } from '../testkit/hosts.ts'
import { newSchedule } from '../testkit/schedules.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, DELETE_VOLUME } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n
const GIB = 1n << 30n

let stack: Stack
let clusters: readonly { readonly id: string; readonly name: string }[]

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

const PLAN = `query ($id: ID!, $first: Int, $after: String) { drainPlan(clusterId: $id, first: $first, after: $after) { __typename
  ... on Error { code message path }
  ... on DrainPlanPayload { cluster { clusterName } fits isPartial volumeCount promisedBytes copyBytes blockedCount unplacedCount
    moves { totalCount pageInfo { hasNextPage endCursor } nodes { number target { clusterId clusterName }
      reasons { reason clusterCount rejection { explanation } }
      volume { volumeId name sizeBytes promisedBytes method methodReason blocks { reason remedy } } steps { kind summary commands until } } } } } }`
const PAGE_OF_PLAN =
  'query ($id: ID!, $first: Int) { drainPlan(clusterId: $id, first: $first) { __typename } }'
const DRAIN =
  'drain { operation { id state } total { volumeCount promisedBytes } left { volumeCount snapshotCount promisedBytes } steps { name isDone progress } }'
const START = `mutation ($input: StartDrainInput!) { answer: startDrain(input: $input) { __typename ... on Error { code message path }
  ... on StartDrainPayload { cluster { id adminState ${DRAIN} } operation { id kind state progress } } } }`
const CANCEL = `mutation ($input: CancelDrainInput!) { answer: cancelDrain(input: $input) { __typename ... on Error { code message path }
  ... on CancelDrainPayload { cluster { adminState } operation { state error { message } } } } }`
const CLUSTER = `query ($id: ID!) { cluster(id: $id) { adminState ${DRAIN} } }`
const UPDATE = `mutation ($input: UpdateClusterInput!) { answer: updateCluster(input: $input) { __typename ... on Error { code message } } }`
const DELETE_SNAPSHOT = `mutation ($input: DeleteSnapshotInput!) { answer: deleteSnapshot(input: $input) { __typename ... on Error { message } } }`

const mutate = async (document: string, input: object): Promise<Answer> =>
  (await stack.api.ask<{ answer: Answer }>(document, { input })).answer
const planOf = async (id: string, page: object = {}): Promise<Answer> =>
  (await stack.api.ask<{ drainPlan: Answer }>(PLAN, { id, ...page })).drainPlan
const clusterOf = async (id: string): Promise<Answer> =>
  (await stack.api.ask<{ cluster: Answer }>(CLUSTER, { id })).cluster

let made = 0
async function addVolume(sizeBytes: bigint): Promise<{ id: string; clusterName: string }> {
  const name = `drain-${++made}`
  const answer = await createVolume(stack.api, {
    idempotencyKey: name,
    name,
    sizeBytes: String(sizeBytes),
    replicas: 2,
  })
  if (!answer.volume) throw new Error(JSON.stringify(answer))
  const { id, cluster } = answer.volume
  await waitUntil('the volume to be there', async () => (await stateOf(id)) === 'AVAILABLE')
  return { id, clusterName: cluster.name }
}

async function stateOf(id: string): Promise<string> {
  const { volume } = await stack.api.ask<Answer>('query ($id: ID!) { volume(id: $id) { state } }', { id })
  return volume.state
}

const KEPT = [{ key: 'kept', value: 'long' }]
const MOVED = `query ($id: ID!) { volume(id: $id) { name state sizeBytes cluster { name }
  attachments { host { id } confirmedMode } snapshotSchedules { nodes { name isPaused keepCount labels { key value } } } } }`

const idOf = (name: string): string => clusters.find((each) => each.name === name)?.id ?? ''

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 3, capacity: { kind: 'list', bytes: [10n * TIB] }, seed: 23 },
    pollIntervalMs: 500,
  })
  const answer = await stack.api.ask<{ clusters: { nodes: typeof clusters } }>(
    '{ clusters { nodes { id name } } }',
  )
  clusters = answer.clusters.nodes
})

afterAll(() => stack?.close())

test('an unknown cluster, a size of page and a cursor that are none are refused', async () => {
  const unknown = 'cls_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
  expect(await planOf(unknown)).toMatchObject({ __typename: 'NotFoundError', path: ['clusterId'] })
  const id = clusters[0]?.id ?? ''
  expect(await planOf(id, { after: 'nonsense' })).toMatchObject({
    __typename: 'InvalidInputError',
    path: ['after'],
  })
  const { errors } = await stack.api.send(PAGE_OF_PLAN, { id, first: 201 })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', path: 'first' } }])
  expect(await mutate(START, { idempotencyKey: 'no-such', clusterId: unknown })).toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await mutate(CANCEL, { clusterId: id })).toMatchObject({
    code: 'INVALID_STATE',
    path: ['input', 'clusterId'],
  })
})

test('an empty cluster is drained at once', async () => {
  const id = clusters[0]?.id ?? ''
  const started = await mutate(START, { idempotencyKey: 'empty', clusterId: id })
  expect(started).toMatchObject({ cluster: { adminState: 'DRAINING' }, operation: { kind: 'DRAIN_CLUSTER' } })
  await waitUntil('the drain to end', async () => (await clusterOf(id)).drain.operation.state === 'SUCCEEDED')
  expect(await mutate(UPDATE, { id, adminState: 'ACTIVE' })).toMatchObject({
    __typename: 'UpdateClusterPayload',
  })
})

test('a drain from its plan to the empty cluster', async () => {
  const first = await addVolume(512n * GIB)
  const name = first.clusterName
  const id = idOf(name)
  const held = [first]
  while (held.length < 3) {
    const next = await addVolume(256n * GIB)
    if (next.clusterName === name) held.push(next)
  }
  const snapshot = await takeSnapshot(stack, { id: held[1]?.id ?? '' })
  const user = await newHost(stack)
  const copyingHost = await newHost(stack)
  await attach(stack, first, [user], 'SHARED')
  await newSchedule(stack, first.id, { name: 'daily', recurrence: { everySeconds: 86_400 }, labels: KEPT })

  const plan = await planOf(id)
  expect(plan).toMatchObject({
    cluster: { clusterName: name },
    fits: true,
    isPartial: false,
    volumeCount: 3,
    promisedBytes: String(2048n * GIB),
    copyBytes: String(1024n * GIB),
    blockedCount: 2,
    unplacedCount: 0,
    moves: { totalCount: 3, pageInfo: { hasNextPage: false } },
  })
  const moves: Answer[] = plan.moves.nodes
  expect(moves[0].volume.volumeId).toBe(first.id)
  expect(moves.every(({ target }) => target.clusterId !== id)).toBe(true)
  const blocked = moves.find(({ volume }) => volume.volumeId === held[1]?.id)
  expect(blocked.volume.blocks).toMatchObject([{ reason: 'HAS_SNAPSHOTS' }])
  expect(moves[0].volume).toMatchObject({
    method: 'HOST_COPY',
    methodReason: expect.stringContaining('clusters cannot copy to each other'),
    blocks: [{ reason: 'ATTACHED' }],
  })

  const firstPage = await planOf(id, { first: 2 })
  expect(firstPage.moves.pageInfo.hasNextPage).toBe(true)
  const rest = await planOf(id, { first: 2, after: firstPage.moves.pageInfo.endCursor })
  // Each page is a plan of its own, whose keys tell its moment.
  const told = (nodes: Answer) => JSON.parse(JSON.stringify(nodes).replaceAll(/-\d{13}(?=[-\\])/g, ''))
  expect(told([...firstPage.moves.nodes, ...rest.moves.nodes])).toEqual(told(moves))

  const input = { idempotencyKey: 'drain', clusterId: id }
  const started = await mutate(START, input)
  expect(started).toMatchObject({
    cluster: {
      adminState: 'DRAINING',
      drain: { total: { volumeCount: 3 }, left: { volumeCount: 3, snapshotCount: 1 } },
    },
    operation: { state: 'RUNNING', progress: expect.stringContaining('3 volumes') },
  })
  expect((await mutate(START, input)).operation.id).toBe(started.operation.id)
  expect(await mutate(START, { ...input, force: true })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
  expect(await mutate(START, { ...input, idempotencyKey: 'again' })).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining(started.operation.id),
  })

  const refused = await createVolume(stack.api, {
    idempotencyKey: 'huge',
    name: 'huge',
    sizeBytes: String(100n * TIB),
  })
  expect(refused.decision?.verdicts.find(({ clusterName }) => clusterName === name)?.rejection).toMatchObject(
    {
      reason: 'DRAINING',
    },
  )

  const remove = async (volumeId: string | undefined) =>
    stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: `gone-${volumeId}`, id: volumeId } })
  const movedId = await carryOutMove(stack, moves[0].steps, copyingHost.id)
  const { volume: moved } = await stack.api.ask<Answer>(MOVED, { id: movedId })
  expect(moved).toMatchObject({
    name: 'drain-1',
    state: 'AVAILABLE',
    sizeBytes: String(512n * GIB),
    attachments: [{ host: { id: user.id }, confirmedMode: 'SHARED' }],
    snapshotSchedules: { nodes: [{ name: 'daily', isPaused: false, keepCount: 3, labels: KEPT }] },
  })
  expect(moved.cluster.name).not.toBe(name)
  expect(await stateOf(first.id)).toBe('DELETED')
  await waitUntil(
    'one volume less to be left',
    async () => (await clusterOf(id)).drain.left.volumeCount === 2,
  )
  expect(await clusterOf(id)).toMatchObject({
    drain: { operation: { state: 'RUNNING' }, left: { promisedBytes: String(1024n * GIB) } },
  })
  await mutate(DELETE_SNAPSHOT, { idempotencyKey: 'snap-gone', id: snapshot.id })
  await waitUntil('the snapshot to be gone', async () => (await clusterOf(id)).drain.left.snapshotCount === 0)
  for (const { id: volumeId } of held.slice(1)) await remove(volumeId)
  const drained = await waitUntil('the drain to end by itself', async () => {
    const cluster = await clusterOf(id)
    // What is left and how it stands are two readings.
    const { operation, left } = cluster.drain
    return operation.state === 'SUCCEEDED' && left.volumeCount === 0 && cluster
  })
  expect(drained).toMatchObject({
    adminState: 'DRAINING',
    drain: { left: { volumeCount: 0, promisedBytes: '0' } },
  })
  expect(drained.drain.steps.map(({ isDone }: Answer) => isDone)).toEqual([true, true, true])
})

test('a clone and its source are in each other’s way until one of them is gone', async () => {
  const source = await newVolume(stack)
  const snapshot = await takeSnapshot(stack, source)
  const clone = await newVolume(stack, { source: { snapshotId: snapshot.id }, sizeBytes: undefined })
  const blocksOf = async ({ id }: { id: string }): Promise<Answer> => {
    const { moves } = await planOf(source.cluster.id)
    const move = moves.nodes.find(({ volume }: Answer) => volume.volumeId === id)
    return move?.volume.blocks
  }
  const remove = async ({ id }: { id: string }) => {
    await stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: `gone-${id}`, id } })
    await waitUntil('it to be gone', async () => (await stateOf(id)) === 'DELETED')
  }
  const remedy = expect.stringContaining('the family first')
  expect(await blocksOf(clone)).toEqual([{ reason: 'CLONE_FAMILY', remedy }])
  expect(await blocksOf(source)).toMatchObject([
    { reason: 'HAS_SNAPSHOTS' },
    { reason: 'CLONE_FAMILY', remedy },
  ])
  await remove(clone)
  expect(await blocksOf(source)).toMatchObject([{ reason: 'HAS_SNAPSHOTS' }])
  await mutate(DELETE_SNAPSHOT, { idempotencyKey: `gone-${snapshot.id}`, id: snapshot.id })
  await waitUntil('nothing to be in its way', async () => (await blocksOf(source))?.length === 0)
  await remove(source)
})

test('volumes that their cluster has lost are made anew, and the drain counts what is left until it ends', async () => {
  for (const each of clusters) await mutate(UPDATE, { id: each.id, adminState: 'ACTIVE' })
  const first = await addVolume(2n * GIB)
  const others = clusters.filter((each) => each.name !== first.clusterName)
  for (const other of others) await mutate(UPDATE, { id: other.id, adminState: 'CORDONED' })
  const second = await addVolume(1n * GIB)
  for (const other of others) await mutate(UPDATE, { id: other.id, adminState: 'ACTIVE' })
  const id = idOf(first.clusterName)
  const [user, host] = [await newHost(stack), await newHost(stack)]
  await attach(stack, first, [user], 'SHARED')
  await newSchedule(stack, first.id, { name: 'daily', recurrence: { everySeconds: 86_400 }, labels: KEPT })
  const cluster = clusterNamed(stack, first.clusterName)
  const lost = await Promise.all([first, second].map((volume) => readVolume(stack, volume.id)))
  for (const volume of lost) cluster.deleteVolume(recordOf(stack, volume)?.uuid ?? '')
  await waitUntil('both to be missed', async () =>
    (await Promise.all(lost.map((volume) => stateOf(volume.id)))).every((state) => state === 'MISSING'),
  )

  const plan = await planOf(id)
  expect(plan).toMatchObject({ fits: true, volumeCount: 2, copyBytes: '0', blockedCount: 2 })
  const moves: Answer[] = plan.moves.nodes
  expect(moves.map(({ volume }) => volume)).toMatchObject([
    { volumeId: first.id, method: 'RECREATE', blocks: [{ reason: 'MISSING' }, { reason: 'ATTACHED' }] },
    { volumeId: second.id, method: 'RECREATE', blocks: [{ reason: 'MISSING' }] },
  ])
  const { operation } = await mutate(START, { idempotencyKey: 'lost', clusterId: id })
  const progress = async () => (await clusterOf(id)).drain

  const movedId = await carryOutMove(stack, moves[0].steps, host.id)
  const { volume: moved } = await stack.api.ask<Answer>(MOVED, { id: movedId })
  expect(moved).toMatchObject({
    name: lost[0]?.name,
    state: 'AVAILABLE',
    sizeBytes: lost[0]?.sizeBytes,
    attachments: [{ host: { id: user.id }, confirmedMode: 'SHARED' }],
    snapshotSchedules: { nodes: [{ name: 'daily', isPaused: false, labels: KEPT }] },
  })
  expect(moved.cluster.name).not.toBe(first.clusterName)
  await waitUntil('one to be left', async () => (await progress()).left.volumeCount === 1)
  expect(await progress()).toMatchObject({
    operation: { id: operation.id, state: 'RUNNING' },
    total: { volumeCount: 2 },
    left: { promisedBytes: String(2n * GIB) },
  })

  const scripts = drainScripts(stack)
  try {
    expect(await scripts.write(first.clusterName, host.id)).toMatchObject({ status: 0 })
    expect(await scripts.run(['all'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('blocked'),
    })
    expect(await scripts.run(['all'], { ANYWAY: '1' })).toMatchObject({ status: 0 })
    expect(scripts.calls()).toBe('')
  } finally {
    scripts.remove()
  }
  const ended = await untilDone(stack, operation.id)
  expect(ended).toMatchObject({ kind: 'DRAIN_CLUSTER', state: 'SUCCEEDED' })
  expect((await progress()).left).toEqual({ volumeCount: 0, snapshotCount: 0, promisedBytes: '0' })
  expect(await Promise.all(lost.map((volume) => stateOf(volume.id)))).toEqual(['DELETED', 'DELETED'])
  const names = lost.map(({ backendName }) => backendName)
  expect(cluster.volumes().filter(({ name }) => names.includes(name))).toEqual([])
})

test('the script of a plan moves a volume when it is run', async () => {
  const { id: volumeId, clusterName } = await addVolume(1n * GIB)
  const host = await newHost(stack)
  const scripts = drainScripts(stack)
  try {
    expect(await scripts.plan('nowhere')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is no cluster "nowhere"'),
    })
    const noHost = 'hst_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
    expect(await scripts.plan(clusterName, '--host', noHost)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`there is no host ${noHost}`),
    })
    expect(await scripts.write(clusterName, host.id)).toMatchObject({ status: 0 })
    const { stdout: list } = await scripts.run(['list'])
    const number = /^(\d+) default\/drain-\d+ HOST_COPY$/m.exec(
      list.split('\n').find((line) => line.includes(`drain-${made}`)) ?? '',
    )?.[1]
    expect(number).toBeDefined()
    const tooEarly = await scripts.run([number ?? ''])
    expect(tooEarly).toMatchObject({ status: 1, stderr: expect.stringContaining('start the drain first') })
    await mutate(UPDATE, { id: idOf(clusterName), adminState: 'DRAINING' })
    const moved = await scripts.run([number ?? ''])
    expect(moved.status, moved.stdout + moved.stderr).toBe(0)
    expect(scripts.calls()).toMatch(/^nvme connect .*\n(nvme connect .*\n)*dd if=.*\n(blockdev .*\n)?cmp -n/)
    expect(await stateOf(volumeId)).toBe('DELETED')
    const { volumes } = await stack.api.ask<Answer>(
      'query ($name: String!) { volumes(where: {name: {eq: $name}}) { nodes { state attachments { host { id } } cluster { name } } } }',
      { name: `drain-${made}` },
    )
    expect(volumes.nodes).toMatchObject([{ state: 'AVAILABLE', attachments: [] }])
    expect(volumes.nodes[0].cluster.name).not.toBe(clusterName)
    // A second run finds that all is done, and copies nothing.
    expect(await scripts.run([number ?? ''])).toMatchObject({ status: 0 })
    expect(scripts.calls().match(/^dd/gm)).toHaveLength(1)
  } finally {
    await mutate(UPDATE, { id: idOf(clusterName), adminState: 'ACTIVE' })
    scripts.remove()
  }
})

test('a drain that does not fit needs force, and is cancelled by a word or by another admin state', async () => {
  const { id: volumeId, clusterName } = await addVolume(1n * TIB)
  const id = idOf(clusterName)
  for (const other of clusters) {
    if (other.id !== id) await mutate(UPDATE, { id: other.id, adminState: 'CORDONED' })
  }
  const plan = await planOf(id)
  expect(plan).toMatchObject({ fits: false })
  expect(plan.moves.nodes.find((move: Answer) => move.volume.volumeId === volumeId)).toMatchObject({
    target: null,
    steps: [],
  })
  const input = { idempotencyKey: 'unfit', clusterId: id }
  expect(await mutate(START, input)).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('force'),
  })
  expect((await clusterOf(id)).adminState).toBe('ACTIVE')
  expect(
    await mutate(START, { ...input, expectedRevision: 99, force: true, idempotencyKey: 'stale' }),
  ).toMatchObject({
    code: 'REVISION_CONFLICT',
  })
  expect(await mutate(START, { ...input, idempotencyKey: 'forced', force: true })).toMatchObject({
    cluster: { adminState: 'DRAINING' },
  })
  const cancelled = await mutate(CANCEL, { clusterId: id, idempotencyKey: 'kept' })
  expect(cancelled).toMatchObject({ cluster: { adminState: 'ACTIVE' }, operation: { state: 'CANCELLED' } })
  expect(await mutate(CANCEL, { clusterId: id, idempotencyKey: 'kept' })).toEqual(cancelled)
  const { operations } = await stack.api.ask<{ operations: { nodes: object[] } }>(
    '{ operations(first: 1, where: { kind: [CANCEL_OPERATION] }) { nodes { state idempotencyKey target { ... on Cluster { id } } } } }',
  )
  expect(operations.nodes).toEqual([{ state: 'SUCCEEDED', idempotencyKey: 'kept', target: { id } }])
  await mutate(START, { ...input, idempotencyKey: 'forced-again', force: true })
  await mutate(UPDATE, { id, adminState: 'CORDONED' })
  expect(await clusterOf(id)).toMatchObject({
    adminState: 'CORDONED',
    drain: { operation: { state: 'CANCELLED' } },
  })
})
