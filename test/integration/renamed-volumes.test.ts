import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
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
import { newHost } from '../testkit/hosts.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const HOUR_MS = 3_600_000
/** Longer than what is asked for takes. */
const LISTED_AFTER_MS = 3_000

let stack: Stack
let serial = 0

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 1, seed: 47 },
    pollIntervalMs: 500,
    // A renaming changes no size, so no statistics lead to an inventory that would see it.
    env: { INVENTORY_INTERVAL_MS: String(HOUR_MS) },
  })
})
afterAll(() => stack?.close())
afterEach(async () => {
  home().faults.clear()
  await waitForRest(stack)
  await refreshAll(stack)
  expect(await checkFleet(stack)).toEqual([])
})

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)

const recordWith = (uuid: string) =>
  home()
    .volumes()
    .find((each) => each.uuid === uuid)

/** Renamed behind our back, with nothing on record about it: what our own changes have asked for is listed too late. */
async function renamed(volume: VolumeAnswer): Promise<{ uuid: string; name: string }> {
  const uuid = recordOf(stack, volume)?.uuid ?? ''
  const name = `astray-${++serial}`
  home().faults.set({ kind: 'latency', delayMs: LISTED_AFTER_MS, operations: ['ListVolumes'] })
  home().renameVolume(uuid, name)
  expect((await readVolume(stack, volume.id)).backendName).toBe(volume.backendName)
  return { uuid, name }
}

/** The operation, once it has ended. */
async function asked(mutation: string, input: Record<string, unknown>) {
  const { operation, message } = await mutate(stack, mutation, input)
  if (!operation) throw new Error(message)
  return untilDone(stack, operation.id)
}

interface FindingAnswer {
  readonly kind: string
  readonly name: string
  readonly differences: readonly string[]
}

/** What is open of it, after another look at its cluster: that look's findings are written when the next one begins, though not when it has ended. */
async function findingsOf(name: string): Promise<readonly FindingAnswer[]> {
  home().faults.clear()
  for (let look = 0; look < 2; look++) await refreshAll(stack)
  const { findings } = await stack.api.ask<{ findings: { nodes: FindingAnswer[] } }>(
    `query ($name: String!) { findings(where: { name: { eq: $name }, state: [OPEN] }) { nodes { kind name differences } } }`,
    { name },
  )
  return findings.nodes
}

it('rule 9: what somebody has renamed is gone when its deletion is done', async () => {
  const volume = await newVolume(stack)
  const { uuid, name } = await renamed(volume)
  expect(await asked('deleteVolume', { id: volume.id })).toMatchObject({ state: 'SUCCEEDED' })
  expect(recordWith(uuid)).toBeUndefined()
  expect((await readVolume(stack, volume.id)).state).toBe('DELETED')
  expect(await findingsOf(name)).toEqual([])
})

it('rule 13: so it is where somebody else has its name by now, and theirs stays', async () => {
  const volume = await newVolume(stack)
  const { uuid } = await renamed(volume)
  const theirs = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
  expect(await asked('deleteVolume', { id: volume.id })).toMatchObject({ state: 'SUCCEEDED' })
  expect(recordWith(uuid)).toBeUndefined()
  expect(recordWith(theirs.uuid)).toEqual(theirs)
  expect(await findingsOf(volume.backendName)).toMatchObject([{ kind: 'FOREIGN' }])
  home().deleteVolume(theirs.uuid)
})

const NQN = 'nqn.2019-09.com.example:astray'
const LABELS = [{ key: 'tier', value: 'two' }]

interface Change {
  readonly mutation: string
  readonly inputOf: (volume: VolumeAnswer) => object | Promise<object>
  /** What the cluster has then. */
  readonly there: object
  /** It gets its name back as well. */
  readonly isPutBack?: boolean
}

const CHANGES: readonly Change[] = [
  { mutation: 'resizeVolume', inputOf: () => ({ sizeBytes: '9GiB' }), there: { sizeBytes: 9n * GIB } },
  {
    mutation: 'attachVolume',
    inputOf: async () => ({ hostIds: [(await newHost(stack, { nqn: NQN })).id] }),
    there: { acl: [NQN] },
  },
  {
    mutation: 'restoreVolume',
    inputOf: async (volume) => ({ snapshotId: (await takeSnapshot(stack, volume)).id }),
    there: {},
  },
  {
    mutation: 'updateVolume',
    inputOf: () => ({ labels: LABELS }),
    there: { labels: LABELS },
    isPutBack: true,
  },
]

it.each(CHANGES)(
  'rule 2: $mutation finds what somebody has renamed, and does not call it lost',
  async ({ mutation, inputOf, there, isPutBack = false }) => {
    const volume = await newVolume(stack)
    const input = await inputOf(volume)
    const { uuid, name } = await renamed(volume)
    expect(await asked(mutation, { id: volume.id, ...input })).toMatchObject({ state: 'SUCCEEDED' })
    const backendName = isPutBack ? volume.backendName : name
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE', backendName })
    expect(recordWith(uuid)).toMatchObject({ name: backendName, ...there })
    // What we have changed is no drift; the name is, where it has not been put back.
    const drift = isPutBack ? [] : [{ kind: 'CHANGED', differences: ['name'] }]
    expect(await findingsOf(name)).toMatchObject(drift)
  },
)
