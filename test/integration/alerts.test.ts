import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSamples } from '../testkit/capacity-samples.ts'
import { mutate, newVolume, recordOf } from '../testkit/data-life.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { followWithCurl } from './event-stream.ts'

const TIB = 1n << 40n
const DAY_MS = 86_400_000
const YEAR_SECONDS = 31_536_000

let stack: Stack

interface AlertAnswer {
  readonly id: string
  readonly kind: string
  readonly severity: string
  readonly message: string
  readonly muted: boolean
  readonly clearedAt: string | null
}

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 4, capacity: { kind: 'list', bytes: [100n * TIB] }, seed: 11 },
    pollIntervalMs: 500,
    env: { ALERT_CLEAR_AFTER_MS: '1000' },
  })
  await stack.api.ask(
    `mutation { updatePolicy(input: {document: {name: "default", limits: {maxObservationAgeMs: 8000}}}) { __typename } }`,
  )
  // Tokens of the simulator last a short time; these would all be about to expire.
  for (const index of [0, 1, 2, 3]) await update(index, { credential: { token: await longToken(index) } })
  await waitUntil('every cluster to be connected', async () => {
    const { fleet } = await stack.api.ask<{ fleet: { connectedClusterCount: number } }>(
      '{ fleet { connectedClusterCount } }',
    )
    return fleet.connectedClusterCount === 4
  })
})

afterAll(() => stack?.close())

function simulated(index: number) {
  const cluster = stack.fleet.clusters[index]
  if (!cluster) throw new Error(`no simulated cluster ${index}`)
  return cluster
}

function longToken(index: number): Promise<string> {
  return simulated(index).issueToken({
    scope: 'system',
    role: 'cluster-admin',
    expiresInSeconds: YEAR_SECONDS,
  })
}

async function idOf(index: number): Promise<string> {
  const { clusters } = await stack.api.ask<{ clusters: { nodes: { id: string; name: string }[] } }>(
    '{ clusters { nodes { id name } } }',
  )
  const found = clusters.nodes.find(({ name }) => name === simulated(index).name)
  if (!found) throw new Error('the cluster is not listed')
  return found.id
}

async function update(index: number, changes: Record<string, unknown>): Promise<void> {
  const { updateCluster } = await stack.api.ask<{ updateCluster: { __typename: string } }>(
    'mutation Update($input: UpdateClusterInput!) { updateCluster(input: $input) { __typename ... on Error { message } } }',
    { input: { id: await idOf(index), ...changes } },
  )
  expect(updateCluster).toEqual({ __typename: 'UpdateClusterPayload' })
}

async function alertsOf(index: number, kind: string): Promise<AlertAnswer[]> {
  const { cluster } = await stack.api.ask<{ cluster: { alerts: { nodes: AlertAnswer[] } } }>(
    `query Alerts($id: ID!, $kind: [AlertKind!]) { cluster(id: $id) { alerts(where: {kind: $kind}) {
       nodes { id kind severity message muted clearedAt } } } }`,
    { id: await idOf(index), kind: [kind] },
  )
  return cluster.alerts.nodes
}

function untilOpen(index: number, kind: string): Promise<AlertAnswer> {
  return waitUntil(`${kind} to be raised`, async () => (await openOf(index, kind)).at(0))
}

async function openOf(index: number, kind: string): Promise<AlertAnswer[]> {
  return (await alertsOf(index, kind)).filter(({ clearedAt }) => clearedAt === null)
}

function untilCleared(index: number, kind: string): Promise<AlertAnswer[]> {
  return waitUntil(`${kind} to be cleared`, async () => {
    const all = await alertsOf(index, kind)
    return all.length > 0 && all.every(({ clearedAt }) => clearedAt !== null) && all
  })
}

async function readInventory(index: number): Promise<void> {
  const { refreshCluster } = await stack.api.ask<{ refreshCluster: { __typename: string } }>(
    'mutation Refresh($id: ID!) { refreshCluster(input: {id: $id}) { __typename } }',
    { id: await idOf(index) },
  )
  expect(refreshCluster).toEqual({ __typename: 'RefreshClusterPayload' })
}

function addForeign(index: number, name: string, tebibytes: bigint): string {
  return simulated(index).createForeignVolume({ name, sizeBytes: tebibytes * TIB, replicaCount: 1 }).uuid
}

describe('a cluster that fills', () => {
  it('raises one alert with the numbers, keeps it within the hysteresis, and clears it below', async () => {
    // 150 TiB may be promised; from 135 on it is near full, and until 127.5 it stays so.
    const stream = followWithCurl(stack.api, { kinds: ['ALERT'] })
    await waitUntil('the stream to begin', () => stream.received.length > 0)
    addForeign(0, 'first', 120n)
    const second = addForeign(0, 'second', 10n)
    const third = addForeign(0, 'third', 10n)
    const raised = await untilOpen(0, 'NEAR_FULL_PROMISED')
    expect(raised).toMatchObject({ severity: 'WARNING', muted: false })
    expect(raised.message).toMatch(/^140 TiB promised of 150 TiB .* 10\.0 TiB left$/)
    simulated(0).deleteVolume(third)
    await waitUntil('the deletion to be observed', async () => {
      const { cluster } = await stack.api.ask<{ cluster: { capacity: { provisionedBytes: string } } }>(
        'query Capacity($id: ID!) { cluster(id: $id) { capacity { provisionedBytes } } }',
        { id: await idOf(0) },
      )
      return BigInt(cluster.capacity.provisionedBytes) === 130n * TIB
    })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await alertsOf(0, 'NEAR_FULL_PROMISED')).toMatchObject([{ id: raised.id, clearedAt: null }])
    simulated(0).deleteVolume(second)
    expect(await untilCleared(0, 'NEAR_FULL_PROMISED')).toMatchObject([{ id: raised.id }])
    const told = () =>
      stream.received.flatMap(({ message }) => (message.alert?.id === raised.id ? [message.alert] : []))
    await waitUntil('the clearing to be told', () => told().some(({ clearedAt }) => clearedAt !== null))
    expect(told().map(({ clearedAt }) => clearedAt === null)).toEqual([true, false])
    await stream.stop()
  })
})

describe('a cluster that reports more than it lists', () => {
  it('is told when two inventories do not bear it out, and is cleared when they do', async () => {
    const reported = { 'statistics.logicalStorage': String(130n * TIB) }
    simulated(0).faults.set({ kind: 'patchBody', operations: ['GetCluster'], fields: reported })
    const raised = await waitUntil('INVENTORY_MISMATCH to be raised', async () => {
      await readInventory(0)
      return (await alertsOf(0, 'INVENTORY_MISMATCH')).find(({ clearedAt }) => clearedAt === null)
    })
    expect(raised).toMatchObject({
      severity: 'WARNING',
      message: expect.stringMatching(/^reports 130 TiB promised.* the larger counts, 130 TiB$/),
    })
    simulated(0).faults.clear()
    expect(await untilCleared(0, 'INVENTORY_MISMATCH')).toMatchObject([{ id: raised.id }])
  })
})

describe('a cluster that refuses our credential', () => {
  it('is told as that and not as stale, and is cleared when the credential is good again', async () => {
    await update(1, { credential: { token: 'wrong' } })
    expect(await untilOpen(1, 'UNAUTHORIZED')).toMatchObject({ severity: 'CRITICAL' })
    await update(1, {
      credential: {
        token: await simulated(1).issueToken({
          scope: 'system',
          role: 'cluster-admin',
          expiresInSeconds: 3_600,
        }),
      },
    })
    await untilCleared(1, 'UNAUTHORIZED')
    expect(await alertsOf(1, 'STALE')).toEqual([])
    expect((await untilOpen(1, 'TOKEN_EXPIRING')).message).toMatch(/expires in 0\.0 days/)
    await update(1, { credential: { token: await longToken(1) } })
    await untilCleared(1, 'TOKEN_EXPIRING')
  })
})

describe('a cluster that is away', () => {
  it('raises nothing in maintenance, is stale when that ends, and is cleared when it returns', async () => {
    // On a busy machine its figures may have been old before.
    await waitUntil('no other cause', async () => (await openOf(2, 'STALE')).length === 0)
    await update(2, { mutedUntil: new Date(Date.now() + 3_600_000).toISOString() })
    await simulated(2).setConnectivity('refused')
    await waitUntil('its figures to be stale', async () => {
      const { cluster } = await stack.api.ask<{ cluster: { capacity: { stale: boolean } } }>(
        'query Stale($id: ID!) { cluster(id: $id) { capacity { stale } } }',
        { id: await idOf(2) },
      )
      return cluster.capacity.stale
    })
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(await openOf(2, 'STALE')).toEqual([])
    await update(2, { mutedUntil: new Date(0).toISOString() })
    const raised = await untilOpen(2, 'STALE')
    expect(raised).toMatchObject({ severity: 'CRITICAL', muted: false })
    const { alerts } = await stack.api.ask<{ alerts: { totalCount: number } }>(
      '{ alerts(where: {open: true, kind: [STALE]}) { totalCount } }',
    )
    expect(alerts.totalCount).toBe(1)
    await simulated(2).setConnectivity('open')
    expect(await untilCleared(2, 'STALE')).toContainEqual(expect.objectContaining({ id: raised.id }))
  })
})

describe('a cluster that is written full', () => {
  it('is warned of, told as muted in maintenance, becomes critical when nothing is left, and is cleared', async () => {
    // 10 TiB have to stay free; from 81 TiB of the other 90 on it is near full.
    simulated(1).leavePhysicalSpace(15n * TIB)
    const raised = await untilOpen(1, 'NEAR_FULL_WRITTEN')
    expect(raised).toMatchObject({ severity: 'WARNING', muted: false })
    expect(raised.message).toMatch(/^85\.0 TiB written of 90\.0 TiB .* 5\.00 TiB left$/)
    await update(1, { mutedUntil: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await untilOpen(1, 'NEAR_FULL_WRITTEN')).toMatchObject({ id: raised.id, muted: true })
    simulated(1).leavePhysicalSpace(8n * TIB)
    const worse = await waitUntil('it to be critical', async () => {
      const open = await untilOpen(1, 'NEAR_FULL_WRITTEN')
      return open.severity === 'CRITICAL' && open
    })
    expect(worse).toMatchObject({
      id: raised.id,
      muted: true,
      message: expect.stringMatching(/nothing left$/),
    })
    await update(1, { mutedUntil: new Date(0).toISOString() })
    expect(await untilOpen(1, 'NEAR_FULL_WRITTEN')).toMatchObject({ id: raised.id, muted: false })
    simulated(1).leavePhysicalSpace(50n * TIB)
    expect(await untilCleared(1, 'NEAR_FULL_WRITTEN')).toMatchObject([{ id: raised.id }])
  })
})

describe('a cluster that is not well', () => {
  it('is told with what it reports, more urgently when it gets worse, and cleared when it is well again', async () => {
    const [node] = simulated(1).nodes()
    if (!node) throw new Error('the cluster has no nodes')
    simulated(1).setNodeState(node.uuid, 'Inactive')
    const raised = await untilOpen(1, 'DEGRADED')
    expect(raised).toMatchObject({
      severity: 'WARNING',
      message: expect.stringMatching(/^reports WARNING: /),
    })
    addForeign(1, 'unwritable', 1n)
    simulated(1).leavePhysicalSpace(0n)
    const worse = await waitUntil('it to be critical', async () => {
      const open = await untilOpen(1, 'DEGRADED')
      return open.severity === 'CRITICAL' && open
    })
    expect(worse).toMatchObject({ id: raised.id, message: expect.stringMatching(/^reports ERROR: /) })
    simulated(1).leavePhysicalSpace(50n * TIB)
    simulated(1).setNodeState(node.uuid, 'Active')
    expect(await untilCleared(1, 'DEGRADED')).toMatchObject([{ id: raised.id }])
  })
})

describe('a cluster that fills at a pace', () => {
  // Of 150 TiB and of 90: at 6 and 4 TiB a day both are reached within 30 days.
  it('is told days ahead for each limit, and cleared when it fills no more', async () => {
    await pastOf(3, 6n * TIB, 4n * TIB)
    await forecastNow()
    const promised = await untilOpen(3, 'FORECAST_PROMISED')
    expect(promised).toMatchObject({ severity: 'WARNING', muted: false })
    expect(promised.message).toMatch(/what is promised in 25\.0 days .* 150 TiB left \(confidence HIGH\)$/)
    const written = await untilOpen(3, 'FORECAST_WRITTEN')
    expect(written.message).toMatch(
      /floor of free storage in 22\.5 days .* 90\.0 TiB left \(confidence HIGH\)$/,
    )
    await pastOf(3, 0n, 0n)
    for (const { id, kind } of [promised, written]) {
      // It has to be seen twice that the cause is gone.
      await waitUntil(`${kind} to be cleared`, async () => {
        await forecastNow()
        return (await openOf(3, kind)).length === 0
      })
      expect(await alertsOf(3, kind)).toMatchObject([{ id }])
    }
  })
})

/** A month of days in which it filled by so much each. */
async function pastOf(index: number, promisedStep: bigint, writtenStep: bigint): Promise<void> {
  const endsAt = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS)
  const past = { resolution: 'DAY', endsAt, count: 30, promisedStep, writtenStep } as const
  await addSamples(stack, await idOf(index), past)
}

/** Forecasts are made every five minutes; the next evaluation makes them anew. */
async function forecastNow(): Promise<void> {
  await stack.sql.query(`UPDATE sweep_mark SET at = NULL WHERE name = 'alerts.forecast'`)
}

describe('a cluster with volumes otherwise than our records', () => {
  it('is one alert with the counts, critical while one of ours is missing, and cleared when all is dealt with', async () => {
    for (const index of [0, 1, 2]) await update(index, { adminState: 'CORDONED' })
    const volume = await newVolume(stack)
    expect(volume.cluster.name).toBe(simulated(3).name)
    addForeign(3, 'stranger', 1n)
    const raised = await untilOpen(3, 'FINDINGS_OPEN')
    expect(raised).toMatchObject({ severity: 'WARNING', message: expect.stringMatching(/: 1 FOREIGN$/) })
    simulated(3).deleteVolume(recordOf(stack, volume)?.uuid ?? '')
    const worse = await waitUntil('the missing volume to be told', async () => {
      const open = await untilOpen(3, 'FINDINGS_OPEN')
      return open.severity === 'CRITICAL' && open
    })
    expect(worse).toMatchObject({ id: raised.id, message: expect.stringMatching(/: 1 FOREIGN, 1 MISSING$/) })
    await mutate(stack, 'forgetVolume', { id: volume.id })
    const { findings } = await stack.api.ask<{ findings: { nodes: { id: string }[] } }>(
      '{ findings(where: {name: {eq: "stranger"}}) { nodes { id } } }',
    )
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const ignored = await mutate(
      stack,
      'ignoreFinding',
      { id: findings.nodes[0]?.id, until, reason: 'known' },
      'operation { id }',
    )
    expect(ignored.__typename).toBe('IgnoreFindingPayload')
    expect(await untilCleared(3, 'FINDINGS_OPEN')).toMatchObject([{ id: raised.id }])
  })
})
