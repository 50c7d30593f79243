import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { simulated } from '../faults/clusters.ts'
import {
  mutate,
  newVolume,
  readSnapshot,
  readVolume,
  recordOf,
  snapshotRecordOf,
  takeSnapshot,
  untilDone,
  type VolumeAnswer,
} from '../testkit/data-life.ts'
import { newHost } from '../testkit/hosts.ts'
import { inputFields, mutationOf, type Refusal, readWritten, refusalsOf } from '../testkit/refusals.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const NOBODY = '01939b6c-0000-7000-8000-000000000000'
/** Longer than the test: what the cluster is at stays so. */
const HELD_MS = 3_600_000

const WORKING = ['CREATING', 'UPDATING', 'RESIZING', 'RESTORING', 'DELETING'] as const
const STATES = [...WORKING, 'FAILED', 'MISSING', 'DELETED'] as const
type State = (typeof STATES)[number]
type Fields = Record<string, unknown>

let stack: Stack
/** A volume in each state. */
let held: Readonly<Record<State, string>>
/** A volume at rest with snapshots, of which one is deleted and one missing. */
let origin: VolumeAnswer
let snapshots: Readonly<Record<'present' | 'deleted' | 'missing', string>>
let hostId: string

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 41 }, pollIntervalMs: 500 })
  const cluster = simulated(stack, 0)
  const [updating, resizing, restoring, deleting, missing, deleted] = await Promise.all(
    Array.from({ length: 6 }, () => newVolume(stack)),
  )
  origin = await newVolume(stack)
  if (!updating || !resizing || !restoring || !deleting || !missing || !deleted)
    throw new Error('six volumes')
  hostId = (await newHost(stack)).id
  const taken = []
  for (const volume of [origin, origin, origin, restoring]) taken.push(await takeSnapshot(stack, volume))
  const [present, gone, lost, former] = taken
  if (!present || !gone || !lost || !former) throw new Error('four snapshots')
  await finish('deleteSnapshot', { id: gone.id })
  await finish('deleteVolume', { id: deleted.id })

  cluster.faults.set({ kind: 'error', status: 501, operations: ['CreateVolume'] })
  const failed = await mutate(stack, 'createVolume', { name: 'failed', sizeBytes: '8GiB' })
  expect(await untilDone(stack, failed.operation?.id)).toMatchObject({ state: 'FAILED' })
  cluster.faults.clear()

  cluster.deleteVolume(recordOf(stack, missing)?.uuid ?? '')
  cluster.deleteSnapshot(snapshotRecordOf(stack, lost)?.uuid ?? '')
  await finish('refreshCluster', { id: origin.cluster.id })

  cluster.setDelays({ createMs: HELD_MS, updateMs: HELD_MS, deleteMs: HELD_MS })
  const creating = await mutate(stack, 'createVolume', { name: 'creating', sizeBytes: '8GiB' })
  await mutate(stack, 'updateVolume', { id: updating.id, labels: [{ key: 'a', value: '1' }] })
  await mutate(stack, 'resizeVolume', { id: resizing.id, sizeBytes: '16GiB' })
  await mutate(stack, 'restoreVolume', { id: restoring.id, snapshotId: former.id })
  await mutate(stack, 'deleteVolume', { id: deleting.id })

  held = {
    CREATING: creating.volume?.id ?? '',
    UPDATING: updating.id,
    RESIZING: resizing.id,
    RESTORING: restoring.id,
    DELETING: deleting.id,
    FAILED: failed.volume?.id ?? '',
    MISSING: missing.id,
    DELETED: deleted.id,
  }
  snapshots = { present: present.id, deleted: gone.id, missing: lost.id }
  await waitUntil('the cluster to be at work on each', () => busyRecords().length === WORKING.length)
  await finish('refreshCluster', { id: origin.cluster.id })
  for (const state of STATES) expect(await readVolume(stack, held[state])).toMatchObject({ state })
  expect(await readSnapshot(stack, lost.id)).toMatchObject({ state: 'MISSING' })
})

afterAll(() => stack?.close())

async function finish(field: string, input: Fields): Promise<void> {
  const { operation, message } = await mutate(stack, field, input, 'operation { id state }')
  const ended = await untilDone(stack, operation?.id)
  if (ended.state !== 'SUCCEEDED') throw new Error(`${field}: ${message ?? ended.error?.message}`)
}

const busyRecords = () =>
  simulated(stack, 0)
    .volumes()
    .filter(({ state }) => state !== 'Available' && state !== 'Failed')

let serial = 0

/** What was wrong with the request, which has written nothing. */
async function refused(field: string, input: Fields): Promise<readonly Refusal[]> {
  // Work on the volumes is under way meanwhile.
  const parts = { operation: 'id, kind' }
  const before = await readWritten(stack, parts)
  const key = inputFields(field).includes('idempotencyKey') ? { idempotencyKey: `refused-${++serial}` } : {}
  const refusals = refusalsOf(await stack.api.send(mutationOf(field), { input: { ...key, ...input } }))
  expect(await readWritten(stack, parts)).toEqual(before)
  return refusals
}

/** What a volume has to be at rest for, the field that names it, and what a refusal says. */
const CHANGES: readonly (readonly [
  field: string,
  path: string,
  input: (id: string) => Fields,
  allowed: string,
])[] = [
  [
    'updateVolume',
    'id',
    (id) => ({ id, labels: [{ key: 'b', value: '2' }] }),
    'only an AVAILABLE volume can be changed',
  ],
  ['resizeVolume', 'id', (id) => ({ id, sizeBytes: '32GiB' }), 'only an AVAILABLE volume can be changed'],
  [
    'attachVolume',
    'id',
    (id) => ({ id, hostIds: [hostId] }),
    'hosts are attached to and detached from an AVAILABLE volume',
  ],
  ['detachVolume', 'id', (id) => ({ id }), 'hosts are attached to and detached from an AVAILABLE volume'],
  [
    'createSnapshot',
    'volumeId',
    (id) => ({ volumeId: id, name: 'fresh' }),
    'a snapshot needs an AVAILABLE volume',
  ],
  [
    'restoreVolume',
    'id',
    (id) => ({ id, snapshotId: snapshots.present }),
    'only an AVAILABLE volume can be restored',
  ],
  [
    'createVolume',
    'source.volumeId',
    (id) => ({ name: 'fresh', source: { volumeId: id } }),
    'a clone needs an AVAILABLE volume',
  ],
]

const ROWS = CHANGES.flatMap(([field, path, input, allowed]) =>
  STATES.map((state) => ({ field, path: `input.${path}`, input, state, allowed })),
)

describe('what asks for a volume at rest is refused while it is not, and nothing is written', () => {
  it.each(ROWS)('$field of one that is $state', async ({ field, path, input, state, allowed }) => {
    const id = held[state]
    expect(await refused(field, input(id))).toEqual([
      state === 'DELETED'
        ? {
            code: 'NOT_FOUND',
            path,
            message: expect.stringMatching(`^(there is no volume ${id}.*|${id} has been deleted)$`),
          }
        : { code: 'INVALID_STATE', path, message: `${id} is ${state}; ${allowed}` },
    ])
  })

  it.each(['DELETING', 'FAILED', 'MISSING'] as const)('a new name of one that is %s', async (state) => {
    expect(await refused('updateVolume', { id: held[state], name: 'fresh' })).toEqual([
      {
        code: 'INVALID_STATE',
        path: 'input.id',
        message: `${held[state]} is ${state}; a volume is renamed while it is CREATING, AVAILABLE, RESIZING, UPDATING, RESTORING`,
      },
    ])
  })

  it('a deletion of one that is being deleted, or has been', async () => {
    expect(await refused('deleteVolume', { id: held.DELETING })).toEqual([
      { code: 'INVALID_STATE', path: 'input.id', message: `${held.DELETING} is being deleted already` },
    ])
    expect(await refused('deleteVolume', { id: held.DELETED })).toEqual([
      { code: 'NOT_FOUND', path: 'input.id', message: `${held.DELETED} has been deleted` },
    ])
  })
})

const source = (name: 'snapshotId' | 'volumeId', id: () => string) => ({
  path: `input.source.${name}`,
  field: 'createVolume',
  input: () => ({ name: 'fresh', source: { [name]: id() } }),
})
const restore = (snapshotId: () => string) => ({
  path: 'input.snapshotId',
  field: 'restoreVolume',
  input: () => ({ id: origin.id, snapshotId: snapshotId() }),
})

describe('a source that is not there is refused, and nothing is written', () => {
  it.each([
    {
      row: 'an unknown snapshot',
      ...source('snapshotId', () => `snp_${NOBODY}`),
      code: 'NOT_FOUND',
      says: 'there is no snapshot',
    },
    {
      row: 'an unknown volume',
      ...source('volumeId', () => `vol_${NOBODY}`),
      code: 'NOT_FOUND',
      says: 'there is no volume',
    },
    {
      row: 'a deleted snapshot',
      ...source('snapshotId', () => snapshots.deleted),
      code: 'NOT_FOUND',
      says: 'there is no snapshot',
    },
    {
      row: 'a missing snapshot',
      ...source('snapshotId', () => snapshots.missing),
      code: 'INVALID_STATE',
      says: 'is MISSING; a clone needs an AVAILABLE snapshot',
    },
    {
      row: 'a deleted volume',
      ...source('volumeId', () => held.DELETED),
      code: 'NOT_FOUND',
      says: 'there is no volume',
    },
    {
      row: 'to an unknown snapshot',
      ...restore(() => `snp_${NOBODY}`),
      code: 'NOT_FOUND',
      says: 'there is no snapshot',
    },
    {
      row: 'to a deleted snapshot',
      ...restore(() => snapshots.deleted),
      code: 'INVALID_STATE',
      says: 'is DELETED; only an AVAILABLE snapshot',
    },
    {
      row: 'to a missing snapshot',
      ...restore(() => snapshots.missing),
      code: 'INVALID_STATE',
      says: 'is MISSING; only an AVAILABLE snapshot',
    },
  ])('$field: $row', async ({ field, input, path, code, says }) => {
    expect(await refused(field, input())).toEqual([{ code, path, message: expect.stringContaining(says) }])
  })
})

describe('what is possible while the cluster is at work', () => {
  it.each(['CREATING', 'UPDATING', 'RESIZING', 'RESTORING'] as const)(
    'a new name of one that is %s: it goes on as before',
    async (state) => {
      const { volume } = await mutate(stack, 'updateVolume', { id: held[state], name: `renamed-${state}` })
      expect(volume).toMatchObject({ name: `renamed-${state}`, state })
    },
  )

  it.each(['CREATING', 'UPDATING', 'RESIZING', 'RESTORING', 'FAILED', 'MISSING'] as const)(
    'a deletion of one that is %s, carried out when the cluster is done',
    async (state) => {
      const { volume, operation } = await mutate(stack, 'deleteVolume', { id: held[state], cascade: true })
      expect(volume?.state).toBe(state === 'FAILED' ? 'DELETED' : 'DELETING')
      expect(operation?.state).toBe(state === 'FAILED' ? 'SUCCEEDED' : 'PENDING')
    },
  )

  it('all of them go, and nothing of them stays behind', async () => {
    const cluster = simulated(stack, 0)
    cluster.setDelays({ createMs: 0, updateMs: 0, deleteMs: 0 })
    for (const { uuid } of busyRecords()) cluster.setVolumeState(uuid, 'Available')
    await waitUntil('all to be deleted', async () => {
      const states = await Promise.all(
        STATES.map(async (state) => (await readVolume(stack, held[state])).state),
      )
      return states.every((state) => state === 'DELETED')
    })
    expect(cluster.volumes().map(({ name }) => name)).toEqual([origin.backendName])
  })
})

describe('a snapshot that its cluster loses after the request was accepted', () => {
  it('ends a clone of it FAILED, by the word of the cluster', async () => {
    const { accepted, ended } = await losing('CreateVolume', 'createVolume', (snapshotId) => ({
      name: 'of-nothing',
      source: { snapshotId },
    }))
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } })
    expect((await readVolume(stack, accepted.volume?.id ?? '')).state).toBe('FAILED')
  })

  it('ends a restore to it FAILED, and the volume is as it was', async () => {
    const before = recordOf(stack, origin)
    const { ended } = await losing('RollbackVolume', 'restoreVolume', (snapshotId) => ({
      id: origin.id,
      snapshotId,
    }))
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } })
    expect((await readVolume(stack, origin.id)).state).toBe('AVAILABLE')
    expect(recordOf(stack, origin)).toEqual(before)
  })
})

/** What becomes of a request whose snapshot is gone when the cluster comes to it. */
async function losing(operation: string, field: string, input: (snapshotId: string) => Fields) {
  const cluster = simulated(stack, 0)
  const snapshot = await takeSnapshot(stack, origin)
  cluster.faults.set({ kind: 'latency', delayMs: 2_000, operations: [operation] })
  const accepted = await mutate(stack, field, input(snapshot.id))
  cluster.deleteSnapshot(snapshotRecordOf(stack, snapshot)?.uuid ?? '')
  const ended = await untilDone(stack, accepted.operation?.id)
  cluster.faults.clear()
  return { accepted, ended }
}
