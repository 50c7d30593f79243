import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutate, newVolume, recordOf } from '../testkit/data-life.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { followWithCurl } from './event-stream.ts'

const TIB = 1n << 40n
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
  return waitUntil(`${kind} to be raised`, async () =>
    (await alertsOf(index, kind)).find(({ clearedAt }) => clearedAt === null),
  )
}

function untilCleared(index: number, kind: string): Promise<AlertAnswer[]> {
  return waitUntil(`${kind} to be cleared`, async () => {
    const all = await alertsOf(index, kind)
    return all.length > 0 && all.every(({ clearedAt }) => clearedAt !== null) && all
  })
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
    expect(await alertsOf(2, 'STALE')).toEqual([])
    await update(2, { mutedUntil: new Date(0).toISOString() })
    expect(await untilOpen(2, 'STALE')).toMatchObject({ severity: 'CRITICAL' })
    const { alerts } = await stack.api.ask<{ alerts: { totalCount: number } }>(
      '{ alerts(where: {open: true, kind: [STALE]}) { totalCount } }',
    )
    expect(alerts.totalCount).toBe(1)
    await simulated(2).setConnectivity('open')
    expect(await untilCleared(2, 'STALE')).toHaveLength(1)
  })
})

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
