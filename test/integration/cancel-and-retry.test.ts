import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  clusterNamed,
  type MutationAnswer,
  mutate,
  newVolume,
  readVolume,
  recordOf,
  snapshotRecordOf,
  takeSnapshot,
} from '../testkit/data-life.ts'
import { newHost } from '../testkit/hosts.ts'
import { readOperation, untilEnded } from '../testkit/operations.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const NOBODY = 'op_01939b6c-0000-7000-8000-000000000000'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 2, seed: 31 }, pollIntervalMs: 500 })
}, 300_000)
afterAll(() => stack?.close())
afterEach(async () => {
  for (const cluster of stack.fleet.clusters) {
    cluster.faults.clear()
    cluster.setDelays({ createMs: 0, updateMs: 0 })
  }
  await waitForRest(stack)
  expect(await checkFleet(stack)).toEqual([])
})

interface CancelAnswer extends MutationAnswer {
  readonly path?: readonly string[]
  readonly cancellation?: { readonly id: string; readonly kind: string; readonly state: string }
}

let keys = 0
const cancel = (id: string | undefined, idempotencyKey = `cancel-${++keys}`) =>
  mutate<CancelAnswer>(
    stack,
    'cancelOperation',
    { id, idempotencyKey },
    'operation { id state } cancellation { id kind state }',
  )
const retry = (id: string | undefined, idempotencyKey = `retry-${++keys}`) =>
  mutate<MutationAnswer>(stack, 'retryOperation', { id, idempotencyKey }, 'operation { id state }')

/** Asks every cluster to answer so until the faults are cleared. */
function everywhere(fault: object, ...operations: string[]): void {
  for (const cluster of stack.fleet.clusters) cluster.faults.set({ ...fault, operations } as never)
}

const startCreation = (name: string, input: object = {}) =>
  mutate(stack, 'createVolume', { name, sizeBytes: '4GiB', ...input })

describe('a creation', () => {
  it('that no cluster has taken is cancelled: it becomes a deletion, and no cluster ever has it', async () => {
    everywhere({ kind: 'error', status: 503 }, 'CreateVolume')
    const { volume, operation } = await startCreation('never')
    expect(await readOperation(stack, operation?.id)).toMatchObject({ cancellable: true, retryable: false })
    const cancelled = await cancel(operation?.id, 'cancel-never')
    expect(cancelled).toMatchObject({
      operation: { state: 'CANCELLED' },
      cancellation: { kind: 'DELETE_VOLUME' },
    })
    expect(await untilEnded(stack, cancelled.cancellation?.id)).toMatchObject({
      state: 'SUCCEEDED',
      cancels: { id: operation?.id },
      repeats: null,
    })
    expect(await readVolume(stack, volume?.id ?? '')).toMatchObject({ state: 'DELETED' })
    expect(await readOperation(stack, operation?.id)).toMatchObject({
      state: 'CANCELLED',
      cancellable: false,
      error: { code: 'CANCELLED' },
    })
    const again = await cancel(operation?.id, 'cancel-never')
    expect(again.cancellation?.id).toBe(cancelled.cancellation?.id)
    everywhere({ kind: 'error', status: 503 }, 'ListVolumes')
    expect((await cancel(operation?.id)).code).toBe('INVALID_STATE')
  })

  it.each([{ kind: 'dropAnswer' }, { kind: 'dropRequest' }] as const)(
    'whose fate is unknown (%o) is cancelled all the same; what the cluster has made goes, and its bytes are given back once',
    async (fault) => {
      everywhere({ ...fault, times: 1 }, 'CreateVolume')
      for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 1_000 })
      const { volume, operation } = await startCreation(`unknown-${fault.kind}`)
      await waitUntil('it to be begun', async () => {
        return (await readOperation(stack, operation?.id)).state !== 'PENDING'
      })
      const cancelled = await cancel(operation?.id)
      if (cancelled.code) expect(cancelled.message).toContain('AVAILABLE')
      else expect(await untilEnded(stack, cancelled.cancellation?.id)).toMatchObject({ state: 'SUCCEEDED' })
      await waitForRest(stack)
      const { state } = await readVolume(stack, volume?.id ?? '')
      expect(state).toBe(cancelled.code ? 'AVAILABLE' : 'DELETED')
    },
  )

  it('races with its worker: whoever comes first, volume and records agree', async () => {
    for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 30 })
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, async (_, number) => {
        const { volume, operation } = await startCreation(`race-${number}`)
        await new Promise((resolve) => setTimeout(resolve, number * 15))
        const answers = await Promise.all([cancel(operation?.id), cancel(operation?.id)])
        return { volume, operation, answers }
      }),
    )
    await waitForRest(stack)
    for (const { volume, operation, answers } of outcomes) {
      const accepted = answers.filter(({ code }) => code === undefined)
      expect(accepted.length).toBeLessThanOrEqual(1)
      const { state } = await readVolume(stack, volume?.id ?? '')
      expect([state, (await readOperation(stack, operation?.id)).state]).toEqual(
        accepted.length === 1 ? ['DELETED', 'CANCELLED'] : ['AVAILABLE', 'SUCCEEDED'],
      )
    }
  })

  it('that has failed is placed again as another volume, under a decision of its own', async () => {
    everywhere({ kind: 'error', status: 400, message: 'not today' }, 'CreateVolume')
    const { volume, operation } = await startCreation('again', {
      labels: [{ key: 'app', value: 'db' }],
      replicas: 2,
    })
    const failed = await untilEnded(stack, operation?.id)
    expect(failed).toMatchObject({ state: 'FAILED', retryable: true, cancellable: false })
    expect(failed.steps.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'PLACE DONE',
      'ASK FAILED',
      'PLACE DONE',
      'ASK FAILED',
      'PLACE FAILED',
      'CONFIRM SKIPPED',
      'OBSERVE SKIPPED',
    ])
    for (const cluster of stack.fleet.clusters) cluster.faults.clear()
    const repeated = await retry(operation?.id, 'retry-again')
    const ended = await untilEnded(stack, repeated.operation?.id)
    expect(ended).toMatchObject({
      kind: 'CREATE_VOLUME',
      state: 'SUCCEEDED',
      repeats: { id: operation?.id },
      cancels: null,
    })
    expect(ended.target?.id).not.toBe(volume?.id)
    const made = await readVolume(stack, ended.target?.id ?? '')
    expect(made).toMatchObject({
      name: 'again',
      state: 'AVAILABLE',
      sizeBytes: String(4n * GIB),
      labels: [{ key: 'app', value: 'db' }],
    })
    expect(await readVolume(stack, volume?.id ?? '')).toMatchObject({ state: 'FAILED' })
    expect((await retry(operation?.id, 'retry-again')).operation?.id).toBe(repeated.operation?.id)
    expect((await retry(operation?.id)).code).toBe('NAME_TAKEN')
    await waitUntil('a poll to have seen it', async () => {
      const { steps } = await readOperation(stack, repeated.operation?.id)
      return steps.map(({ kind, state }) => `${kind} ${state}`).join() === SEEN
    })
  })
})

const SEEN = 'PLACE DONE,ASK DONE,CONFIRM DONE,OBSERVE DONE'

/** With the cluster away, workers look at its volumes and ask for nothing. */
async function whileAway(clusterName: string, work: () => Promise<void>): Promise<void> {
  const cluster = clusterNamed(stack, clusterName)
  cluster.faults.set({ kind: 'dropRequest' })
  const connection = async () => {
    const { clusters } = await stack.api.ask<{
      clusters: { nodes: { name: string; connection: string }[] }
    }>('{ clusters { nodes { name connection } } }')
    return clusters.nodes.find(({ name }) => name === clusterName)?.connection
  }
  await waitUntil('the cluster to be away', async () => (await connection()) !== 'CONNECTED')
  try {
    await work()
  } finally {
    cluster.faults.clear()
    await waitUntil('the cluster to be back', async () => (await connection()) === 'CONNECTED')
  }
}

describe('a change', () => {
  it('growth that its cluster was not asked for is taken back, and promised no more', async () => {
    const volume = await newVolume(stack, { labels: [{ key: 'app', value: 'db' }] })
    await waitForRest(stack)
    await stack.worker.stop('SIGKILL')
    const change = { sizeBytes: String(16n * GIB), labels: [], compression: true, name: `${volume.name}-new` }
    const { operation, message } = await mutate(stack, 'updateVolume', { id: volume.id, ...change })
    expect(message).toBeUndefined()
    const { rows: grown } = await stack.sql.query('SELECT sum(pending_bytes) AS bytes FROM cluster_capacity')
    expect(BigInt(grown[0].bytes)).toBeGreaterThan(0n)
    expect((await cancel(operation?.id)).operation).toMatchObject({ state: 'CANCELLED' })
    const { rows: back } = await stack.sql.query('SELECT sum(pending_bytes) AS bytes FROM cluster_capacity')
    expect(BigInt(back[0].bytes)).toBe(0n)
    const { revision: _, ...before } = volume
    expect(await readVolume(stack, volume.id)).toMatchObject({ ...before, name: change.name })
    await stack.worker.start()
    await waitForRest(stack)
    expect(recordOf(stack, volume)).toMatchObject({ sizeBytes: 8n * GIB, labels: volume.labels })
  })

  it('that no cluster was asked for is taken back: size, labels, hosts, restores, and the promise', async () => {
    const volume = await newVolume(stack, { labels: [{ key: 'app', value: 'db' }] })
    const snapshot = await takeSnapshot(stack, volume)
    const host = await newHost(stack)
    await waitForRest(stack)
    await whileAway(volume.cluster.name, async () => {
      for (const [field, input] of [
        ['updateVolume', { sizeBytes: String(4n * GIB), force: true }],
        ['updateVolume', { labels: [] }],
        ['attachVolume', { hostIds: [host.id] }],
        ['restoreVolume', { snapshotId: snapshot.id }],
      ] as const) {
        const { operation, message } = await mutate(stack, field, { id: volume.id, ...input })
        expect(message).toBeUndefined()
        await waitUntil('a worker to have looked', async () => {
          const { state, cancellable } = await readOperation(stack, operation?.id)
          return state === 'RUNNING' && cancellable
        })
        expect(await cancel(operation?.id)).toMatchObject({
          operation: { state: 'CANCELLED' },
          cancellation: { kind: 'CANCEL_OPERATION', state: 'SUCCEEDED' },
        })
        const { revision: _, ...before } = volume
        expect(await readVolume(stack, volume.id)).toMatchObject(before)
      }
    })
    await waitForRest(stack)
    expect(recordOf(stack, volume)).toMatchObject({ sizeBytes: 8n * GIB, labels: volume.labels })
  })

  it('that its cluster may have been asked for is not cancelled, and the refusal says since when', async () => {
    const volume = await newVolume(stack)
    clusterNamed(stack, volume.cluster.name).setDelays({ updateMs: 1_500 })
    const { operation } = await mutate(stack, 'updateVolume', { id: volume.id, sizeBytes: String(9n * GIB) })
    await waitUntil('the cluster to be asked', () => recordOf(stack, volume)?.state === 'Updating')
    expect(await readOperation(stack, operation?.id)).toMatchObject({ cancellable: false })
    const refused = await cancel(operation?.id)
    expect(refused).toMatchObject({ code: 'INVALID_STATE' })
    expect(refused.message).toMatch(/may have been asked at \d{4}-/)
    expect(await untilEnded(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  })

  it('that its cluster has refused is asked for again, with what was asked then', async () => {
    const volume = await newVolume(stack)
    const cluster = clusterNamed(stack, volume.cluster.name)
    cluster.faults.set({ kind: 'error', status: 400, operations: ['UpdateVolume'] })
    const change = { sizeBytes: String(12n * GIB), labels: [{ key: 'app', value: 'web' }] }
    const { operation } = await mutate(stack, 'updateVolume', { id: volume.id, ...change })
    const failed = await untilEnded(stack, operation?.id)
    expect(failed).toMatchObject({ state: 'FAILED', retryable: true })
    cluster.faults.clear()
    const { operation: repeated } = await retry(operation?.id)
    expect(await untilEnded(stack, repeated?.id)).toMatchObject({
      kind: 'RESIZE_VOLUME',
      state: 'SUCCEEDED',
      repeats: { id: operation?.id },
    })
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE', ...change })
    expect((await retry(repeated?.id)).message).toContain('only what has failed')
  })

  it('an attachment that was refused is asked for again', async () => {
    const volume = await newVolume(stack)
    const host = await newHost(stack)
    const cluster = clusterNamed(stack, volume.cluster.name)
    cluster.faults.set({ kind: 'error', status: 400, operations: ['UpdateVolume'] })
    const { operation } = await mutate(stack, 'attachVolume', { id: volume.id, hostIds: [host.id] })
    expect(await untilEnded(stack, operation?.id)).toMatchObject({ state: 'FAILED', retryable: true })
    cluster.faults.clear()
    const { operation: repeated } = await retry(operation?.id)
    expect(await untilEnded(stack, repeated?.id)).toMatchObject({ kind: 'ATTACH_VOLUME', state: 'SUCCEEDED' })
  })
})

describe('a snapshot', () => {
  it('that was not taken yet is cancelled, and one that failed is taken again', async () => {
    const volume = await newVolume(stack)
    const cluster = clusterNamed(stack, volume.cluster.name)
    cluster.faults.set({ kind: 'error', status: 503, operations: ['CreateSnapshot'] })
    const take = (name: string) =>
      mutate<MutationAnswer & { snapshot?: { id: string; backendName: string } }>(
        stack,
        'createSnapshot',
        { volumeId: volume.id, name },
        'snapshot { id backendName } operation { id state }',
      )
    const first = await take('first')
    const cancelled = await cancel(first.operation?.id)
    expect(cancelled).toMatchObject({
      operation: { state: 'CANCELLED' },
      cancellation: { kind: 'DELETE_SNAPSHOT' },
    })
    expect(await untilEnded(stack, cancelled.cancellation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    const backendName = first.snapshot?.backendName ?? ''
    expect(snapshotRecordOf(stack, { cluster: volume.cluster, backendName })).toBeUndefined()

    cluster.faults.set({ kind: 'error', status: 400, operations: ['CreateSnapshot'] })
    const second = await take('second')
    expect(await untilEnded(stack, second.operation?.id)).toMatchObject({ state: 'FAILED', retryable: true })
    cluster.faults.clear()
    const { operation } = await retry(second.operation?.id)
    expect(await untilEnded(stack, operation?.id)).toMatchObject({
      kind: 'CREATE_SNAPSHOT',
      state: 'SUCCEEDED',
    })
  })
})

it('a drain is cancelled like any operation, and the cluster is what it was', async () => {
  const { cluster } = await newVolume(stack)
  const { operation } = await mutate(
    stack,
    'startDrain',
    { clusterId: cluster.id, force: true },
    'operation { id state }',
  )
  expect(await readOperation(stack, operation?.id)).toMatchObject({ state: 'RUNNING', cancellable: true })
  const cancelled = await cancel(operation?.id)
  expect(cancelled).toMatchObject({
    operation: { state: 'CANCELLED' },
    cancellation: { kind: 'CANCEL_OPERATION' },
  })
  const after = await stack.api.ask('query ($id: ID!) { cluster(id: $id) { adminState } }', {
    id: cluster.id,
  })
  expect(after).toEqual({ cluster: { adminState: 'ACTIVE' } })
})

it('what cannot be cancelled or repeated is refused, saying why', async () => {
  const volume = await newVolume(stack)
  const { operation } = await mutate(stack, 'updateVolume', { id: volume.id, name: `${volume.name}-x` })
  expect(await cancel(operation?.id)).toMatchObject({
    __typename: 'InvalidStateError',
    code: 'INVALID_STATE',
  })
  expect((await retry(operation?.id)).message).toContain('is SUCCEEDED')
  expect(await cancel(NOBODY)).toMatchObject({ code: 'NOT_FOUND' })
  expect(await retry(NOBODY)).toMatchObject({ code: 'NOT_FOUND' })
  expect((await cancel(operation?.id, '')).message).toContain('idempotencyKey: is empty')
  expect((await retry(operation?.id, 'with space')).code).toBe('INVALID_INPUT')
  for (const field of ['cancelOperation', 'retryOperation']) {
    const type = field === 'cancelOperation' ? 'CancelOperationInput' : 'RetryOperationInput'
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`
    const { errors } = await stack.api.send(query, { input: { idempotencyKey: 'k', id: volume.id } })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_ID', path: 'input.id' })
  }
  const deletion = await mutate(stack, 'deleteVolume', { id: volume.id })
  const refused = await cancel(deletion.operation?.id)
  expect(refused.message).toMatch(/a deletion is not taken back|nothing to cancel/)
})
