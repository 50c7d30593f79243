import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mutate, readVolume, takeSnapshot } from '../testkit/data-life.ts'
import { attach, newHost, readReach } from '../testkit/hosts.ts'
import { askBulk, type BulkAnswer, readChildren, readOperation, untilEnded } from '../testkit/operations.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const GIB = 1n << 30n
const NOBODY = 'vol_01939b6c-0000-7000-8000-000000000000'

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 3, seed: 41 }, pollIntervalMs: 500 })
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

let keys = 0
const key = () => `bulk-test-${++keys}`
const bulk = (field: string, input: Record<string, unknown>): Promise<BulkAnswer> =>
  askBulk(stack, field, { idempotencyKey: key(), ...input })

const wanted = (prefix: string, count: number, input: object = {}) =>
  Array.from({ length: count }, (_, number) => ({ name: `${prefix}-${number}`, sizeBytes: '1GiB', ...input }))

/** Volumes made together; their ids in the order of their names. */
async function newVolumes(prefix: string, count: number, input: object = {}): Promise<readonly string[]> {
  const { operation } = await bulk('bulkCreateVolumes', { volumes: wanted(prefix, count, input) })
  expect(await untilEnded(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
  const children = await readChildren(stack, operation?.id)
  return children.map(({ target }) => target?.id ?? '').sort()
}

const where = (prefix: string) => ({ where: { name: { startsWith: prefix } } })

describe('creating', () => {
  it('places every one, as children of one operation, and shows which could not be', async () => {
    const volumes = [...wanted('made', 20), { name: 'made-huge', sizeBytes: '900PiB' }]
    const input = { idempotencyKey: key(), volumes }
    const { operation } = await askBulk(stack, 'bulkCreateVolumes', input)
    expect(operation?.counts.total).toBe(21)
    const ended = await untilEnded(stack, operation?.id)
    expect(ended).toMatchObject({
      kind: 'CREATE_VOLUMES',
      state: 'PARTIAL',
      counts: { total: 21, pending: 0, running: 0, succeeded: 20, failed: 1, cancelled: 0 },
      error: { code: 'ITEMS_FAILED' },
      retryable: true,
      cancellable: false,
      progress: null,
    })
    expect(ended.steps.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'BEGIN_ITEMS DONE',
      'END_ITEMS DONE',
    ])
    const children = await readChildren(stack, operation?.id)
    expect(children).toHaveLength(21)
    for (const child of children)
      expect(child).toMatchObject({ kind: 'CREATE_VOLUME', parent: { id: ended.id } })
    const failed = children.filter(({ state }) => state === 'FAILED')
    expect(failed).toMatchObject([{ error: { code: 'NO_FEASIBLE_CLUSTER' }, target: null }])
    expect((await askBulk(stack, 'bulkCreateVolumes', input)).operation?.id).toBe(ended.id)
    const other = await askBulk(stack, 'bulkCreateVolumes', { ...input, volumes: wanted('other', 1) })
    expect(other.code).toBe('IDEMPOTENCY_CONFLICT')
  })
})

describe('deleting', () => {
  it('shows beforehand what blocks, does what it can, and repeats what failed only', async () => {
    const ids = await newVolumes('del', 6)
    const [attached = '', kept = ''] = ids
    const host = await newHost(stack)
    await attach(stack, { id: attached }, [host])
    await takeSnapshot(stack, { id: kept })
    const selection = where('del-')
    const { plan, operation: none } = await bulk('bulkDeleteVolumes', { selection, dryRun: true })
    expect(none).toBeNull()
    expect(plan).toMatchObject({ itemCount: 6, blockedCount: 2 })
    const blocked = plan?.items.filter(({ blockedBy }) => blockedBy)
    expect(blocked?.map(({ volume, blockedBy }) => [volume.id, blockedBy?.code])).toEqual([
      [attached, 'VOLUME_ATTACHED'],
      [kept, 'HAS_DEPENDENTS'],
    ])
    expect((await readVolume(stack, ids[2] ?? '')).state).toBe('AVAILABLE')

    const { operation } = await bulk('bulkDeleteVolumes', { selection })
    const ended = await untilEnded(stack, operation?.id)
    expect(ended).toMatchObject({ state: 'PARTIAL', counts: { total: 6, succeeded: 4, failed: 2 } })
    const children = await readChildren(stack, operation?.id)
    const failed = children.filter(({ state }) => state === 'FAILED')
    // Items are worked on side by side.
    expect(Object.fromEntries(failed.map(({ target, error }) => [target?.id, error?.code]))).toEqual({
      [attached]: 'VOLUME_ATTACHED',
      [kept]: 'HAS_DEPENDENTS',
    })

    await mutate(stack, 'detachVolume', { id: attached })
    await waitForRest(stack)
    const { operation: again } = await mutate(
      stack,
      'retryOperation',
      { id: ended.id },
      'operation { id state }',
    )
    expect(await untilEnded(stack, again?.id)).toMatchObject({
      kind: 'DELETE_VOLUMES',
      state: 'PARTIAL',
      repeats: { id: ended.id },
      counts: { total: 2, succeeded: 1, failed: 1 },
    })
    const { operation: child } = await mutate(
      stack,
      'retryOperation',
      { id: (await readChildren(stack, again?.id)).find(({ state }) => state === 'FAILED')?.id },
      'operation { id state }',
    )
    expect(child).toBeUndefined()
  })

  it('is not begun when more volumes are meant than were allowed', async () => {
    const ids = await newVolumes('guard', 4)
    for (const selection of [where('guard-'), { ids }]) {
      const refused = await bulk('bulkDeleteVolumes', { selection, maxItems: 3 })
      expect(refused).toMatchObject({ __typename: 'TooManyItemsError', code: 'TOO_MANY_ITEMS', itemCount: 4 })
    }
    for (const id of ids) expect((await readVolume(stack, id)).state).toBe('AVAILABLE')
    const nothing = await bulk('bulkDeleteVolumes', { selection: where('no-such-name') })
    expect(nothing.operation).toMatchObject({ state: 'SUCCEEDED', counts: { total: 0 } })
  })
})

describe('changing', () => {
  it('grows each from its own size, and puts labels on all', async () => {
    const ids = await newVolumes('grow', 5)
    await mutate(stack, 'updateVolume', { id: ids[0], sizeBytes: String(3n * GIB) })
    await waitForRest(stack)
    const { operation } = await bulk('bulkUpdateVolumes', {
      selection: { ids },
      growBytes: '1GiB',
      labels: [{ key: 'team', value: 'db' }],
    })
    expect(await untilEnded(stack, operation?.id)).toMatchObject({
      state: 'SUCCEEDED',
      counts: { succeeded: 5 },
    })
    const after = await Promise.all(ids.map((id) => readVolume(stack, id)))
    expect(after.map(({ sizeBytes }) => BigInt(sizeBytes) / GIB)).toEqual([4n, 2n, 2n, 2n, 2n])
    for (const { labels } of after) expect(labels).toEqual([{ key: 'team', value: 'db' }])
  })

  it('a dry run decides by the same rules, and reserves nothing', async () => {
    const ids = await newVolumes('dry', 3)
    await waitForRest(stack)
    const dry = async (change: object) => {
      const { plan } = await bulk('bulkUpdateVolumes', { selection: { ids }, dryRun: true, ...change })
      return plan?.items.map(({ blockedBy }) => blockedBy?.code ?? null)
    }
    expect(await dry({ growBytes: '1GiB' })).toEqual([null, null, null])
    expect(await dry({ growBytes: '900PiB' })).toEqual(Array(3).fill('NO_FEASIBLE_CLUSTER'))
    expect(await dry({ sizeBytes: '1MiB' })).toEqual(Array(3).fill('WOULD_SHRINK'))
    const { rows } = await stack.sql.query('SELECT sum(pending_bytes)::bigint AS bytes FROM cluster_capacity')
    expect(rows[0].bytes).toBe(0n)
  })
})

it('snapshots of many are children like any other; a name that one has is that one’s failure', async () => {
  const ids = await newVolumes('snap', 4)
  await takeSnapshot(stack, { id: ids[1] ?? '' }, { name: 'nightly' })
  const { plan } = await bulk('bulkCreateSnapshots', { selection: { ids }, name: 'nightly', dryRun: true })
  expect(plan?.items.map(({ blockedBy }) => blockedBy?.code ?? null)).toEqual([
    null,
    'NAME_TAKEN',
    null,
    null,
  ])
  const { operation } = await bulk('bulkCreateSnapshots', { selection: { ids }, name: 'nightly' })
  expect(await untilEnded(stack, operation?.id)).toMatchObject({
    state: 'PARTIAL',
    counts: { succeeded: 3, failed: 1 },
  })
  await bulk('bulkDeleteVolumes', { selection: { ids }, cascade: true })
})

it('a host gets many volumes at once, but for one that another has; it loses them as a host that goes does', async () => {
  const ids = await newVolumes('att', 4)
  const [mine, theirs] = [await newHost(stack), await newHost(stack)]
  await attach(stack, { id: ids[2] ?? '' }, [theirs])
  const input = { selection: { ids }, hostIds: [mine.id] }
  const { plan } = await bulk('bulkAttachVolumes', { ...input, dryRun: true })
  const blocked = plan?.items.map(({ blockedBy }) => blockedBy?.code ?? null)
  expect(blocked).toEqual([null, null, 'VOLUME_ATTACHED', null])
  const { operation } = await bulk('bulkAttachVolumes', input)
  expect(await untilEnded(stack, operation?.id)).toMatchObject({
    kind: 'ATTACH_VOLUMES',
    state: 'PARTIAL',
    counts: { succeeded: 3, failed: 1 },
  })
  const hostsOf = () =>
    Promise.all(ids.map(async (id) => (await readReach(stack, id)).attachments.map(({ host }) => host.id)))
  expect(await hostsOf()).toEqual([[mine.id], [mine.id], [theirs.id], [mine.id]])
  const { operation: detaching } = await bulk('bulkDetachVolumes', input)
  expect(await untilEnded(stack, detaching?.id)).toMatchObject({ kind: 'DETACH_VOLUMES', state: 'SUCCEEDED' })
  expect(await hostsOf()).toEqual([[], [], [theirs.id], []])
  const { operation: emptying } = await bulk('bulkDetachVolumes', { selection: where('att') })
  expect(await untilEnded(stack, emptying?.id)).toMatchObject({ state: 'SUCCEEDED' })
  expect(await hostsOf()).toEqual([[], [], [], []])
})

it('cancelling leaves alone what was begun, and everything else is not done', async () => {
  for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 300 })
  const { operation } = await bulk('bulkCreateVolumes', { volumes: wanted('cancelled', 400) })
  const cancelled = await mutate<{ operation?: { id: string }; code?: string }>(
    stack,
    'cancelOperation',
    { id: operation?.id },
    'operation { id state }',
  )
  const ended = await untilEnded(stack, operation?.id, 120_000)
  const children = await readChildren(stack, operation?.id)
  expect(children).toHaveLength(400)
  const count = (state: string) => children.filter((child) => child.state === state).length
  expect(ended.counts).toMatchObject({
    succeeded: count('SUCCEEDED'),
    cancelled: count('CANCELLED'),
    failed: 0,
  })
  expect(count('SUCCEEDED') + count('CANCELLED')).toBe(400)
  if (cancelled.code === undefined) expect(count('CANCELLED')).toBeGreaterThan(0)
  const { volumes } = await stack.api.ask<{ volumes: { totalCount: number } }>(
    'query ($where: VolumeFilter) { volumes(where: $where) { totalCount } }',
    where('cancelled-'),
  )
  expect(volumes.totalCount).toBe(count('SUCCEEDED'))
})

it('every item is carried out once, although server and worker are killed in the middle', async () => {
  const COUNT = 150
  for (const cluster of stack.fleet.clusters) {
    cluster.setDelays({ createMs: 50 })
    cluster.faults.set({ kind: 'dropAnswer', operations: ['CreateVolume'], probability: 0.05 })
  }
  const input = { idempotencyKey: key(), volumes: wanted('killed', COUNT) }
  const asking = askBulk(stack, 'bulkCreateVolumes', input)
  for (const victim of [stack.worker, stack.server, stack.worker, stack.worker]) {
    await waitUntil('some work to be done', async () => {
      const { rows } = await stack.sql.query("SELECT 1 FROM volume WHERE name LIKE 'killed-%' LIMIT 1")
      return rows.length > 0
    })
    await victim.stop('SIGKILL')
    await victim.start()
  }
  const { operation } = await asking
  const ended = await untilEnded(stack, operation?.id, 240_000)
  const children = await readChildren(stack, operation?.id)
  expect(children).toHaveLength(COUNT)
  expect(new Set(children.map(({ target, id }) => target?.id ?? id)).size).toBe(COUNT)
  const { rows } = await stack.sql.query<{
    volumes: bigint
    names: bigint
    operations: bigint
    items: bigint
  }>(
    `SELECT (SELECT count(*) FROM volume WHERE name LIKE 'killed-%') AS volumes,
            (SELECT count(DISTINCT name) FROM volume WHERE name LIKE 'killed-%') AS names,
            (SELECT count(*) FROM operation WHERE parent_id = $1) AS operations,
            (SELECT count(*) FROM bulk_item WHERE operation_id = $1 AND child_id IS NOT NULL) AS items`,
    [operation?.id],
  )
  const refused = children.filter(({ error }) => error?.code === 'NO_FEASIBLE_CLUSTER').length
  expect(rows[0]).toEqual({
    volumes: BigInt(COUNT - refused),
    names: BigInt(COUNT - refused),
    operations: BigInt(COUNT),
    items: BigInt(COUNT),
  })
  expect(ended.counts).toMatchObject({ total: COUNT, pending: 0, running: 0 })
  await bulk('bulkDeleteVolumes', { selection: where('killed-'), maxItems: COUNT })
}, 400_000)

it('tells of itself with few events, however many items it has', async () => {
  const { operation } = await bulk('bulkCreateVolumes', { volumes: wanted('events', 200) })
  await untilEnded(stack, operation?.id, 120_000)
  const { rows } = await stack.sql.query<{ parent: bigint; children: bigint }>(
    `SELECT (SELECT count(*) FROM event WHERE subject_id = $1) AS parent,
            (SELECT count(DISTINCT subject_id) FROM event JOIN operation ON operation.id = subject_id WHERE parent_id = $1) AS children`,
    [operation?.id],
  )
  expect(rows[0]?.children).toBe(200n)
  expect(Number(rows[0]?.parent)).toBeLessThan(40)
  expect((await readOperation(stack, operation?.id)).counts).toMatchObject({ total: 200 })
})

describe('bad input', () => {
  const ids = [NOBODY]
  it.each([
    [
      'bulkDeleteVolumes',
      { selection: {} },
      'input.selection: names nothing; allowed: exactly one of ids and where',
    ],
    ['bulkDeleteVolumes', { selection: { ids, where: {} } }, 'input.selection: has both'],
    [
      'bulkDeleteVolumes',
      { selection: { ids: [] } },
      'input.selection.ids: has 0 entries; allowed: 1 to 10000',
    ],
    [
      'bulkDeleteVolumes',
      { selection: { ids: [NOBODY, NOBODY] } },
      'input.selection.ids: names a volume twice',
    ],
    ['bulkDeleteVolumes', { selection: { ids } }, `there is no volume ${NOBODY}`],
    ['bulkDeleteVolumes', { selection: { ids }, maxItems: 0 }, 'input.maxItems: is 0; allowed: 1 to 10000'],
    ['bulkDeleteVolumes', { selection: { ids }, idempotencyKey: '' }, 'input.idempotencyKey: is empty'],
    ['bulkUpdateVolumes', { selection: { ids } }, 'input: changes nothing'],
    [
      'bulkUpdateVolumes',
      { selection: { ids }, sizeBytes: '1GiB', growBytes: '1GiB' },
      'input.growBytes: stands beside sizeBytes',
    ],
    [
      'bulkUpdateVolumes',
      { selection: { ids }, growBytes: '1' },
      'input.growBytes: 1 is no multiple of 4096',
    ],
    ['bulkUpdateVolumes', { selection: { ids }, qosPolicy: ' ' }, 'input.qosPolicy'],
    ['bulkCreateSnapshots', { selection: { ids }, name: 'a b' }, 'input.name: has the character " "'],
    [
      'bulkCreateSnapshots',
      { selection: { ids }, name: 'a', retentionSeconds: 0 },
      'input.retentionSeconds: is 0',
    ],
    ['bulkCreateVolumes', { volumes: [] }, 'input.volumes: has 0 entries; allowed: 1 to 1000'],
    ['bulkCreateVolumes', { volumes: [{ name: 'x' }] }, 'input.volumes.0.sizeBytes: is absent'],
    [
      'bulkCreateVolumes',
      { volumes: wanted('same', 1).concat(wanted('same', 1)) },
      'input.volumes.1.name: is there twice',
    ],
    ['bulkCreateVolumes', { volumes: wanted('many', 1_001) }, 'input.volumes: has 1001 entries'],
  ])('%s with a fault in it is refused, naming what is wrong (%#)', async (field, input, message) => {
    const refused = await bulk(field, input)
    expect(refused.message).toContain(message)
    expect(['InvalidInputError', 'NotFoundError']).toContain(refused.__typename)
    expect(refused.path?.[0]).toBe('input')
  })

  it('an id of something else, and a condition that is none, are refused at their place', async () => {
    const query = `mutation ($input: BulkDeleteVolumesInput!) { bulkDeleteVolumes(input: $input) { __typename } }`
    const send = (selection: object) => stack.api.send(query, { input: { idempotencyKey: key(), selection } })
    const wrong = await send({ ids: ['op_01939b6c-0000-7000-8000-000000000000'] })
    expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_ID', path: 'input.selection.ids.0' })
    const cluster = await send({ where: { clusterId: ['nonsense'] } })
    expect(cluster.errors?.[0]?.extensions).toMatchObject({
      code: 'INVALID_ID',
      path: 'input.selection.where.clusterId.0',
    })
  })
})
