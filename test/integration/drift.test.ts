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
import { createPolicy } from '../testkit/policies.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 41 }, pollIntervalMs: 500 })
  for (const name of ['gold', 'silver']) home().createQosPolicy(name)
  await createPolicy(stack.api, { name: 'strict', drift: 'REVERT' })
})
afterAll(() => stack?.close())
afterEach(async () => {
  home().faults.clear()
  await waitForRest(stack)
  await refresh()
  expect(await checkFleet(stack)).toEqual([])
})

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
const ask = (query: string, variables: object): Promise<any> => stack.api.ask(query, variables as never)

const refresh = () => refreshAll(stack)

interface Drift {
  readonly state: string
  readonly differences: readonly string[]
  readonly history: readonly { readonly action: string }[]
}

function untilDrift({ id }: VolumeAnswer, state: 'OPEN' | 'RESOLVED', action = 'FOUND'): Promise<Drift> {
  return waitUntil(`the drift of ${id} to be ${state}`, async () => {
    await refresh()
    const { findings } = await ask(
      `query ($id: ID!, $state: FindingState!) { findings(where: { volumeId: [$id], kind: [CHANGED], state: [$state] }) {
        nodes { state differences history { action } } } }`,
      { id, state },
    )
    const [drift] = findings.nodes as readonly Drift[]
    return drift?.history.some((entry) => entry.action === action) ? drift : null
  })
}

async function revertsOf({ id }: VolumeAnswer) {
  const { operations } = await ask(
    'query ($id: ID!) { operations(where: { volumeId: [$id], kind: [REVERT_VOLUME] }) { nodes { id state error { code } } } }',
    { id },
  )
  return operations.nodes as readonly {
    readonly id: string
    readonly state: string
    readonly error: { code: string } | null
  }[]
}

/** The operation, once it has ended. */
async function asked(mutation: string, input: Record<string, unknown>) {
  const { operation, message } = await mutate(stack, mutation, input)
  if (!operation) throw new Error(message)
  return untilDone(stack, operation.id)
}

/** As it is asked for, and as the cluster has it. */
async function drifting(policy?: string, qosPolicy: string | null = 'gold') {
  const volume = await newVolume(stack, {
    labels: [{ key: 'tier', value: 'one' }],
    qosPolicy,
    ...(policy && { policy }),
  })
  const record = recordOf(stack, volume)
  if (!record) throw new Error('there is no record')
  return { volume, record, uuid: record.uuid }
}

const recordWith = (uuid: string) =>
  home()
    .volumes()
    .find((each) => each.uuid === uuid)

const CHANGES: readonly [field: string, change: (uuid: string) => void, onRecord: object][] = [
  [
    'labels',
    (uuid) => home().relabelVolume(uuid, [{ key: 'tier', value: 'two' }]),
    { labels: [{ key: 'tier', value: 'one' }] },
  ],
  ['compression', (uuid) => home().setVolumeCompression(uuid, true), { compression: false }],
  ['qosPolicy', (uuid) => home().setVolumeQosPolicy(uuid, 'silver'), { qosPolicy: 'gold' }],
]

describe.each(CHANGES)('%s that others have changed', (field, change, onRecord) => {
  const propertiesOf = (uuid: string) => {
    const { name, labels, compression, qosPolicyUuid } = recordWith(uuid) ?? {}
    return { name, labels, compression, qosPolicyUuid }
  }

  it('are reported, and left so', async () => {
    const { volume, uuid } = await drifting()
    const before = propertiesOf(uuid)
    change(uuid)
    const changed = propertiesOf(uuid)
    expect(changed).not.toEqual(before)
    expect((await untilDrift(volume, 'OPEN')).differences).toEqual([field])
    for (let poll = 0; poll < 2; poll++) await refresh()
    expect(propertiesOf(uuid)).toEqual(changed)
    expect(await revertsOf(volume)).toEqual([])
  })

  it('are put right by who asks for what is on record', async () => {
    const { volume, uuid } = await drifting()
    const before = propertiesOf(uuid)
    change(uuid)
    await untilDrift(volume, 'OPEN')
    expect(await asked('updateVolume', { id: volume.id, ...onRecord })).toMatchObject({ state: 'SUCCEEDED' })
    expect(propertiesOf(uuid)).toEqual(before)
    await untilDrift(volume, 'RESOLVED')
  })

  it('stay so with who asks for something else, or is refused', async () => {
    const { volume, uuid } = await drifting()
    for (const [, changeOne] of CHANGES) changeOne(uuid)
    await untilDrift(volume, 'OPEN')
    const [other] = CHANGES.filter(([name]) => name !== field)
    expect(await asked('updateVolume', { id: volume.id, ...other?.[2] })).toMatchObject({
      state: 'SUCCEEDED',
    })
    const changed = propertiesOf(uuid)
    home().faults.set({ kind: 'error', status: 400, operations: ['UpdateVolume'] })
    expect(await asked('updateVolume', { id: volume.id, ...onRecord })).toMatchObject({ state: 'FAILED' })
    expect(propertiesOf(uuid)).toEqual(changed)
    const { differences } = await waitUntil('the other to differ no more', async () => {
      const drift = await untilDrift(volume, 'OPEN')
      return drift.differences.length === 2 ? drift : null
    })
    expect(differences).toContain(field)
    const { volume: read } = await ask(
      'query ($id: ID!) { volume(id: $id) { state compression qosPolicy labels { key value } } }',
      { id: volume.id },
    )
    expect(read).toEqual({
      state: 'AVAILABLE',
      compression: false,
      qosPolicy: 'gold',
      labels: [{ key: 'tier', value: 'one' }],
    })
  })

  it('are put back where the policy says so', async () => {
    const { volume, uuid } = await drifting('strict')
    const before = propertiesOf(uuid)
    change(uuid)
    const { history } = await untilDrift(volume, 'RESOLVED', 'REVERTED')
    expect(history.map(({ action }) => action)).toEqual(['FOUND', 'REVERTED', 'RESOLVED'])
    expect(propertiesOf(uuid)).toEqual(before)
    expect(await revertsOf(volume)).toMatchObject([{ state: 'SUCCEEDED', error: null }])
  })
})

it('a QoS policy that others gave to a volume without one is taken away where the policy says so', async () => {
  const { volume, uuid } = await drifting('strict', null)
  const without = recordWith(uuid)?.qosPolicyUuid
  home().setVolumeQosPolicy(uuid, 'silver')
  expect(recordWith(uuid)?.qosPolicyUuid).not.toBe(without)
  await untilDrift(volume, 'RESOLVED', 'REVERTED')
  expect(recordWith(uuid)?.qosPolicyUuid).toBe(without)
  expect(await revertsOf(volume)).toMatchObject([{ state: 'SUCCEEDED', error: null }])
})

describe('a size that others have made smaller', () => {
  it('is put right by who asks for the one on record', async () => {
    const { volume, uuid } = await drifting()
    const { id, sizeBytes } = volume
    home().resizeVolume(uuid, GIB)
    expect((await untilDrift(volume, 'OPEN')).differences).toEqual(['sizeBytes'])
    expect(await asked('resizeVolume', { id, sizeBytes })).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordWith(uuid)?.sizeBytes).toBe(BigInt(sizeBytes))
    await untilDrift(volume, 'RESOLVED')
    const again = await mutate(stack, 'resizeVolume', { id, sizeBytes })
    expect(again).toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('stays promised when the cluster refuses to put it right', async () => {
    const { volume, uuid } = await drifting()
    const { id, sizeBytes } = volume
    home().resizeVolume(uuid, GIB)
    await untilDrift(volume, 'OPEN')
    home().faults.set({ kind: 'error', status: 400, operations: ['UpdateVolume'] })
    expect(await asked('resizeVolume', { id, sizeBytes })).toMatchObject({ state: 'FAILED' })
    expect(await readVolume(stack, id)).toMatchObject({ state: 'AVAILABLE', sizeBytes })
    await untilDrift(volume, 'OPEN')
    home().resizeVolume(uuid, BigInt(sizeBytes))
  })
})

it('what was seen stands beside what is wanted, whether it differs or not', async () => {
  const { volume, uuid } = await drifting()
  const observed = async () => {
    const { volume: read } = await ask(
      `query ($id: ID!) { volume(id: $id) { observed { name project sizeBytes replicas compression qosPolicy labels { key value }
        hostNqns admitsAnyHost addresses admitsAnyAddress } } }`,
      { id: volume.id },
    )
    return read.observed
  }
  const asWanted = {
    name: volume.backendName,
    project: 'default',
    sizeBytes: volume.sizeBytes,
    replicas: recordWith(uuid)?.replicaCount,
    compression: false,
    qosPolicy: 'gold',
    labels: [{ key: 'tier', value: 'one' }],
    hostNqns: [],
    admitsAnyHost: false,
    addresses: [],
    admitsAnyAddress: true,
  }
  await refresh()
  expect(await observed()).toEqual(asWanted)
  home().renameVolume(uuid, 'seen astray')
  for (const [, change] of CHANGES) change(uuid)
  home().setVolumeIpAcl(uuid, ['10.0.0.1'])
  await untilDrift(volume, 'OPEN')
  expect(await observed()).toEqual({
    ...asWanted,
    name: 'seen astray',
    compression: true,
    qosPolicy: 'silver',
    labels: [{ key: 'tier', value: 'two' }],
    addresses: ['10.0.0.1'],
    admitsAnyAddress: false,
  })
})

describe('what cannot be put back', () => {
  /** Once it was asked for and refused, it stays as it is, and as it was wanted, however often it is seen. */
  async function expectRefusedOnce(volume: VolumeAnswer, code: string): Promise<void> {
    await untilDrift(volume, 'OPEN', 'REVERTED')
    await waitUntil('the revert to end', async () => {
      const [revert] = await revertsOf(volume)
      return revert?.state === 'FAILED'
    })
    for (let poll = 0; poll < 3; poll++) await refresh()
    const [revert, ...others] = await revertsOf(volume)
    expect(revert).toMatchObject({ state: 'FAILED', error: { code } })
    expect(others).toEqual([])
    const retried = await mutate(stack, 'retryOperation', { id: revert?.id }, 'operation { id state }')
    expect(retried.message).toMatch(/updateVolume puts right what it names.*attachVolume the hosts/)
    const { state, sizeBytes, labels } = await readVolume(stack, volume.id)
    expect({ state, sizeBytes, labels }).toEqual({
      state: 'AVAILABLE',
      sizeBytes: volume.sizeBytes,
      labels: volume.labels,
    })
    await untilDrift(volume, 'OPEN', 'REVERTED')
  }

  it('as somebody else has the name, is told once and leaves theirs alone', async () => {
    const { volume, uuid } = await drifting('strict')
    home().renameVolume(uuid, 'astray')
    const theirs = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    await expectRefusedOnce(volume, 'NAME_TAKEN')
    expect(recordWith(theirs.uuid)).toEqual(theirs)
    expect(recordWith(uuid)?.name).toBe('astray')
    home().deleteVolume(theirs.uuid)
    home().renameVolume(uuid, 'further astray')
    await waitUntil('it to have its name back', async () => {
      await refresh()
      return recordWith(uuid)?.name === volume.backendName
    })
  })

  it.each<[what: string, change: (uuid: string) => void, onRecord: (volume: VolumeAnswer) => object]>([
    [
      'labels',
      (uuid) => home().relabelVolume(uuid, [{ key: 'tier', value: 'two' }]),
      ({ labels }) => ({ labels }),
    ],
    ['a size', (uuid) => home().resizeVolume(uuid, GIB), ({ sizeBytes }) => ({ sizeBytes })],
  ])(
    'as the cluster refuses %s, is asked for once and stays reported, until somebody asks for it',
    async (_what, change, onRecord) => {
      const { volume, uuid } = await drifting('strict')
      home().faults.set({ kind: 'error', status: 400, message: 'not today', operations: ['UpdateVolume'] })
      change(uuid)
      const changed = recordWith(uuid)
      await expectRefusedOnce(volume, 'INVALID_ARGUMENT')
      expect(recordWith(uuid)).toEqual(changed)
      home().faults.clear()
      expect(await asked('updateVolume', { id: volume.id, ...onRecord(volume) })).toMatchObject({
        state: 'SUCCEEDED',
      })
      await untilDrift(volume, 'RESOLVED', 'REVERTED')
    },
  )
})
