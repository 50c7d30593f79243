// Over 400 lines: one fleet for all that is found and what is done about it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { createPolicy } from '../testkit/policies.ts'
import { refreshAll } from '../testkit/refresh-all.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const GIB = 1n << 30n
const PICTURE = '{ name project sizeBytes replicas compression qosPolicy labels { key value } }'
const FINDING = `id kind state name backendId differences ignoredUntil cluster { id name } volume { id }
  wanted ${PICTURE} written ${PICTURE} observed ${PICTURE} history { actor action note }`

interface Finding {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly name: string
  readonly differences: readonly string[]
  readonly volume: { readonly id: string } | null
  readonly history: readonly {
    readonly actor: string
    readonly action: string
    readonly note: string | null
  }[]
  readonly [field: string]: unknown
}

interface Adoption {
  readonly __typename: string
  readonly adoptedCount: number
  readonly refusedCount: number
  readonly results: readonly {
    readonly volume: (VolumeAnswer & { readonly project: string; readonly backendProject: string }) | null
    readonly refusal: { readonly code: string; readonly message: string } | null
  }[]
  readonly operation: { readonly id: string; readonly kind: string; readonly state: string }
}

interface BulkAnswer {
  readonly children: {
    readonly nodes: readonly {
      readonly kind: string
      readonly state: string
      readonly target: { readonly id: string } | null
      readonly error: { readonly code: string; readonly message: string } | null
    }[]
  }
}

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 31 }, pollIntervalMs: 500 })
})
afterAll(() => stack?.close())

const home = () => clusterNamed(stack, stack.fleet.clusters[0]?.name)

const refresh = () => refreshAll(stack)

async function findings(where: Record<string, unknown>): Promise<readonly Finding[]> {
  const { findings: page } = await stack.api.ask<{ findings: { nodes: Finding[] } }>(
    `query ($where: FindingFilter) { findings(where: $where) { nodes { ${FINDING} } } }`,
    { where },
  )
  return page.nodes
}

/** The finding of this name in this state, when there is one. */
function finding(name: string, kind: string, state = 'OPEN'): Promise<Finding> {
  return waitUntil(`${kind} of ${name} to be ${state}`, async () => {
    await refresh()
    const [found] = await findings({ kind: [kind], state: [state], name: { eq: name } })
    return found ?? null
  })
}

function adopt(items: readonly object[], input: Record<string, unknown> = {}): Promise<Adoption> {
  return mutate<Adoption>(
    stack,
    'adoptVolumes',
    { items, ...input },
    `adoptedCount refusedCount operation { id kind state } results { refusal { code message }
       volume { id name state sizeBytes compression labels { key value } revision backendName backendProject project
                shrinkToBytes cluster { id name } } }`,
  )
}

async function checkLedger(): Promise<void> {
  const { rows } = await stack.sql.query<{
    pending: bigint
    provisioned: bigint
    owed: bigint
    foreign: number
  }>(
    `SELECT pending_bytes AS pending, provisioned_bytes AS provisioned, foreign_volume_count AS foreign,
            (SELECT coalesce(sum(greatest(0, size_bytes * replicas - observed_bytes)), 0)::bigint FROM volume
             WHERE state NOT IN ('DELETED', 'FAILED')) AS owed FROM cluster_capacity`,
  )
  expect(rows[0]).toMatchObject({ pending: rows[0]?.owed, provisioned: home().provisionedBytes() })
}

describe('a foreign volume', () => {
  it('is found once, adopted without being touched, and then lives like any of ours', async () => {
    const record = home().createForeignVolume({
      name: 'db one',
      sizeBytes: 4n * GIB,
      replicaCount: 2,
      compression: true,
    })
    const found = await finding('db one', 'FOREIGN')
    expect(found).toMatchObject({
      backendId: record.uuid,
      wanted: null,
      written: null,
      observed: { name: 'db one', sizeBytes: `${4n * GIB}`, replicas: 2, compression: true },
      history: [{ actor: 'flotilla', action: 'FOUND' }],
    })
    expect((await finding('db one', 'FOREIGN')).id).toBe(found.id)

    const adopted = await adopt([{ findingId: found.id }], { project: 'team-a' })
    const volume = adopted.results[0]?.volume
    if (!volume) throw new Error(JSON.stringify(adopted))
    expect(adopted).toMatchObject({
      adoptedCount: 1,
      refusedCount: 0,
      operation: { kind: 'ADOPT_VOLUMES', state: 'SUCCEEDED' },
    })
    expect(volume).toMatchObject({
      name: 'db-one',
      backendName: 'db one',
      project: 'team-a',
      state: 'AVAILABLE',
      sizeBytes: `${4n * GIB}`,
      compression: true,
    })
    expect(
      home()
        .volumes()
        .find(({ uuid }) => uuid === record.uuid),
    ).toEqual(record)
    await checkLedger()
    await refresh()
    await checkLedger()
    const [resolved] = await findings({ state: ['RESOLVED'], name: { eq: 'db one' } })
    expect(resolved).toMatchObject({ id: found.id, volume: { id: volume.id } })
    expect(resolved?.history.map(({ action }) => action)).toEqual(['FOUND', 'ADOPTED'])

    const resized = await mutate(stack, 'resizeVolume', { id: volume.id, sizeBytes: '6GiB' })
    expect(await untilDone(stack, resized.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, await readVolume(stack, volume.id))).toMatchObject({
      uuid: record.uuid,
      sizeBytes: 6n * GIB,
    })
    const snapshot = await takeSnapshot(stack, volume)
    expect(snapshot.state).toBe('AVAILABLE')
    await refresh()
    await checkLedger()
    expect(await findings({ volumeId: [volume.id] })).toEqual([])

    const deleted = await mutate(stack, 'deleteVolume', { id: volume.id, cascade: true })
    expect(await untilDone(stack, deleted.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(
      home()
        .volumes()
        .some(({ uuid }) => uuid === record.uuid),
    ).toBe(false)
    await waitUntil('the ledger to be quiet', async () => {
      await refresh()
      await checkLedger()
      return true
    })
  })

  it('is adopted beside others, each with an outcome of its own, once for one key', async () => {
    for (const name of ['one', 'two', 'three']) home().createForeignVolume({ name, sizeBytes: GIB })
    const [one, two, three] = [
      await finding('one', 'FOREIGN'),
      await finding('two', 'FOREIGN'),
      await finding('three', 'FOREIGN'),
    ]
    const unknown = 'fnd_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77'
    const input = { idempotencyKey: 'bulk-1', project: 'bulk' }
    const items = [
      { findingId: one.id, name: 'same' },
      { findingId: two.id, name: 'same' },
      { findingId: unknown },
      { findingId: three.id, labels: [{ key: 'tier', value: 'old' }] },
    ]
    const answer = await adopt(items, input)
    expect(answer).toMatchObject({ adoptedCount: 2, refusedCount: 2 })
    expect(answer.results.map(({ volume, refusal }) => volume?.name ?? refusal?.code)).toEqual([
      'same',
      'NAME_TAKEN',
      'NOT_FOUND',
      'three',
    ])
    expect(answer.operation.state).toBe('PARTIAL')
    const { operation } = await stack.api.ask<{ operation: BulkAnswer }>(
      `query ($id: ID!) { operation(id: $id) { error { code } counts { total pending succeeded failed }
         children { nodes { kind state target { ... on Volume { id } } error { code message } } } } }`,
      { id: answer.operation.id },
    )
    expect(operation).toMatchObject({
      error: { code: 'ITEMS_FAILED' },
      counts: { total: 4, pending: 0, succeeded: 2, failed: 2 },
    })
    expect(operation.children.nodes.map(({ kind, state }) => [kind, state])).toEqual([
      ['ADOPT_VOLUME', 'SUCCEEDED'],
      ['ADOPT_VOLUME', 'FAILED'],
      ['ADOPT_VOLUME', 'FAILED'],
      ['ADOPT_VOLUME', 'SUCCEEDED'],
    ])
    for (const [index, { target, error }] of operation.children.nodes.entries()) {
      const { volume, refusal } = answer.results[index] ?? {}
      expect(target?.id).toBe(volume?.id)
      expect(error?.code).toBe(refusal?.code)
      if (error) expect(error.message).toBe(`${items[index]?.findingId}: ${refusal?.message}`)
    }
    expect(await adopt(items, input)).toEqual(answer)
    const again = await adopt([{ findingId: one.id }])
    expect(again.operation.state).toBe('FAILED')
    expect(again.results[0]?.refusal).toMatchObject({ code: 'INVALID_STATE' })
    expect(await adopt(items.slice(1), input)).toMatchObject({ __typename: 'IdempotencyConflictError' })
    await refresh()
    await checkLedger()
    expect((await findings({ kind: ['FOREIGN'] })).map(({ name }) => name)).toEqual(['two'])
  })

  it('is ignored until a time, and open again after it; gone, it is resolved', async () => {
    const { uuid } = home().createForeignVolume({ name: 'scratch', sizeBytes: GIB })
    const { id } = await finding('scratch', 'FOREIGN')
    const until = new Date(Date.now() + 8_000).toISOString()
    const ignored = await mutate<{ finding: Finding }>(
      stack,
      'ignoreFinding',
      { id, until, reason: 'a test bench' },
      `finding { ${FINDING} }`,
    )
    expect(ignored.finding).toMatchObject({ state: 'IGNORED' })
    expect(await finding('scratch', 'FOREIGN')).toMatchObject({ id, ignoredUntil: null })
    home().deleteVolume(uuid)
    const gone = await finding('scratch', 'FOREIGN', 'RESOLVED')
    expect(gone.history.map(({ action, note }) => note ?? action)).toEqual([
      'FOUND',
      'a test bench',
      'EXPIRED',
      'RESOLVED',
    ])
  })

  it.each([
    [{ reason: ' ' }, 'InvalidInputError'],
    [{ until: '2020-01-01T00:00:00Z' }, 'InvalidInputError'],
    [{ id: 'fnd_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77' }, 'NotFoundError'],
  ])('is not ignored with %o', async (fault, typename) => {
    const { id } = await finding('two', 'FOREIGN')
    const input = { id, until: new Date(Date.now() + 60_000).toISOString(), reason: 'because', ...fault }
    const answer = await mutate(stack, 'ignoreFinding', input, 'finding { id }')
    expect(answer.__typename).toBe(typename)
  })

  it.each([
    [{ project: 'No Project' }],
    [{ policy: 'none-such' }],
    [{ items: [] }],
    [{ idempotencyKey: '' }],
  ])('is not adopted with %o', async (fault) => {
    const { id } = await finding('two', 'FOREIGN')
    expect(await adopt([{ findingId: id }], fault)).toMatchObject({ __typename: 'InvalidInputError' })
  })
})

describe('a foreign volume with a name of ours', () => {
  it('that was ours is found and left alone', async () => {
    const volume = await newVolume(stack)
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    const foreign = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    expect((await finding(volume.backendName, 'FOREIGN')).backendId).toBe(foreign.uuid)
    await refresh()
    expect(recordOf(stack, volume)).toMatchObject({ uuid: foreign.uuid, state: 'Available' })
    await checkLedger()
    home().deleteVolume(foreign.uuid)
  })

  it('stands in the way of a creation, which fails with that where no other cluster is left, and may be asked for again', async () => {
    home().faults.set({ kind: 'latency', delayMs: 2_000, operations: ['CreateVolume'], times: 1 })
    const { volume, operation } = await mutate(stack, 'createVolume', { name: 'late', sizeBytes: '8GiB' })
    if (!volume) throw new Error('it was not placed')
    await waitUntil('the cluster to be asked', () => home().faults.list().length === 0)
    const theirs = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    // Seen while it may be ours.
    await refresh()
    expect(await untilDone(stack, operation?.id)).toMatchObject({
      kind: 'CREATE_VOLUME',
      state: 'FAILED',
      error: { code: 'NAME_TAKEN', message: expect.stringContaining('not ours; tried on 1 cluster') },
    })
    expect((await readVolume(stack, volume.id)).state).toBe('FAILED')
    expect((await finding(volume.backendName, 'FOREIGN')).backendId).toBe(theirs.uuid)
    expect(recordOf(stack, volume)).toEqual(theirs)
    await checkLedger()
    const again = await mutate(stack, 'retryOperation', { id: operation?.id }, 'operation { id }')
    expect(await untilDone(stack, again.operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    expect(recordOf(stack, volume)).toEqual(theirs)
    home().deleteVolume(theirs.uuid)
  })

  it('that is ours, which is gone meanwhile, is not taken for it', async () => {
    const volume = await newVolume(stack)
    home().deleteVolume(recordOf(stack, volume)?.uuid ?? '')
    const foreign = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    await finding(volume.backendName, 'MISSING')
    expect((await finding(volume.backendName, 'FOREIGN')).backendId).toBe(foreign.uuid)
    await mutate(stack, 'forgetVolume', { id: volume.id })
    home().deleteVolume(foreign.uuid)
    await finding(volume.backendName, 'FOREIGN', 'RESOLVED')
    await checkLedger()
  })
})

describe('a volume that its cluster has lost', () => {
  async function lost(): Promise<VolumeAnswer> {
    const volume = await newVolume(stack)
    home().deleteVolume(recordOf(stack, volume)?.uuid ?? '')
    await finding(volume.backendName, 'MISSING')
    return readVolume(stack, volume.id)
  }

  it('is reported, and made again only when asked for', async () => {
    const volume = await lost()
    expect(volume.state).toBe('MISSING')
    expect(recordOf(stack, volume)).toBeUndefined()
    const { operation } = await mutate(stack, 'recreateVolume', { id: volume.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({
      kind: 'RECREATE_VOLUME',
      state: 'SUCCEEDED',
    })
    expect(recordOf(stack, volume)).toMatchObject({ sizeBytes: BigInt(volume.sizeBytes), state: 'Available' })
    const { history } = await finding(volume.backendName, 'MISSING', 'RESOLVED')
    expect(history.map(({ action }) => action)).toEqual(['FOUND', 'RECREATED'])
    await checkLedger()
  })

  it('is forgotten, its bytes are free again, and what turns up later is foreign', async () => {
    const volume = await lost()
    const { volume: gone } = await mutate(stack, 'forgetVolume', { id: volume.id })
    expect(gone?.state).toBe('DELETED')
    await checkLedger()
    home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    await finding(volume.backendName, 'FOREIGN')
    await refresh()
    expect(
      home()
        .volumes()
        .some(({ name }) => name === volume.backendName),
    ).toBe(true)
  })

  it('is not made again while somebody else has its name, and what has it is left alone', async () => {
    const volume = await lost()
    const taken = home().createForeignVolume({ name: volume.backendName, sizeBytes: GIB })
    const { operation } = await mutate(stack, 'recreateVolume', { id: volume.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'NAME_TAKEN' },
    })
    expect((await readVolume(stack, volume.id)).state).toBe('MISSING')
    expect((await finding(volume.backendName, 'FOREIGN')).backendId).toBe(taken.uuid)
    const { history } = await finding(volume.backendName, 'MISSING')
    expect(history.map(({ action }) => action)).toEqual(['FOUND', 'RECREATED', 'REOPENED'])
    expect(recordOf(stack, volume)).toMatchObject({ uuid: taken.uuid, sizeBytes: GIB, state: 'Available' })
    await checkLedger()
    home().deleteVolume(taken.uuid)
    const again = await mutate(stack, 'retryOperation', { id: operation?.id }, 'operation { id }')
    expect(await untilDone(stack, again.operation?.id)).toMatchObject({
      kind: 'RECREATE_VOLUME',
      state: 'SUCCEEDED',
    })
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
    await refresh()
    await checkLedger()
  })

  it('is made again although its cluster has failed at it before, once or twice', async () => {
    const volume = await lost()
    home().failNextCreates(2)
    const recreate = async () => {
      const { operation } = await mutate(stack, 'recreateVolume', { id: volume.id })
      return untilDone(stack, operation?.id)
    }
    for (let time = 0; time < 2; time++) {
      expect(await recreate()).toMatchObject({ state: 'FAILED', error: { code: 'CREATE_FAILED' } })
      expect((await readVolume(stack, volume.id)).state).toBe('MISSING')
    }
    expect(await recreate()).toMatchObject({ state: 'SUCCEEDED' })
    expect((await readVolume(stack, volume.id)).state).toBe('AVAILABLE')
    const named = home()
      .volumes()
      .filter(({ name }) => name === volume.backendName)
    expect(named.map(({ state }) => state).sort()).toEqual(['Available', 'Failed', 'Failed'])
    await refresh()
    await checkLedger()
    const { operation } = await mutate(stack, 'deleteVolume', { id: volume.id })
    expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
    await refresh()
    await checkLedger()
  })

  it('is the only kind that is recreated or forgotten', async () => {
    const { id } = await newVolume(stack)
    for (const field of ['recreateVolume', 'forgetVolume']) {
      expect(await mutate(stack, field, { id })).toMatchObject({ __typename: 'InvalidStateError' })
    }
  })
})

describe('a volume that somebody has changed', () => {
  it('is reported with three views, and resolved when it is as it was', async () => {
    const volume = await newVolume(stack, { labels: [{ key: 'cost-center', value: 'x' }] })
    await refresh()
    expect(await findings({ volumeId: [volume.id] })).toEqual([])
    const uuid = recordOf(stack, volume)?.uuid ?? ''
    home().renameVolume(uuid, 'renamed')
    home().resizeVolume(uuid, 9n * GIB)
    const found = await finding('renamed', 'CHANGED')
    expect(found).toMatchObject({
      differences: ['name', 'sizeBytes'],
      wanted: { name: volume.backendName, sizeBytes: volume.sizeBytes },
      written: { name: volume.backendName, sizeBytes: volume.sizeBytes },
      observed: { name: 'renamed', sizeBytes: `${9n * GIB}` },
    })
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE', backendName: 'renamed' })
    home().renameVolume(uuid, volume.backendName)
    home().resizeVolume(uuid, BigInt(volume.sizeBytes))
    expect((await finding('renamed', 'CHANGED', 'RESOLVED')).id).toBe(found.id)
    await checkLedger()
  })

  it('is put back where its policy says so, but never made smaller', async () => {
    await createPolicy(stack.api, { name: 'strict', drift: 'REVERT' })
    const volume = await newVolume(stack, { policy: 'strict' })
    await refresh()
    const uuid = recordOf(stack, volume)?.uuid ?? ''
    home().renameVolume(uuid, 'astray')
    home().resizeVolume(uuid, 2n * GIB)
    home().createQosPolicy('throttle')
    home().setVolumeQosPolicy(uuid, 'throttle')
    await waitUntil('it to be put back', async () => {
      await refresh()
      const record = home()
        .volumes()
        .find((each) => each.uuid === uuid)
      const isAsWanted = record?.name === volume.backendName && record.qosPolicyUuid === ''
      return isAsWanted && record.sizeBytes === BigInt(volume.sizeBytes)
    })
    const { history } = await finding('astray', 'CHANGED', 'RESOLVED')
    expect(history.map(({ action }) => action)).toContain('REVERTED')
    home().resizeVolume(uuid, 20n * GIB)
    const larger = await finding(volume.backendName, 'CHANGED')
    expect(larger.differences).toEqual(['sizeBytes'])
    await refresh()
    await refresh()
    expect(
      home()
        .volumes()
        .find((each) => each.uuid === uuid)?.sizeBytes,
    ).toBe(20n * GIB)
    expect(await readVolume(stack, volume.id)).toMatchObject({ state: 'AVAILABLE' })
  })
})
