// Over 400 lines: the rows about the network share one stack, which takes longer to start than each of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { median } from '../bench/statistics.ts'
import { mutate, untilDone } from '../testkit/data-life.ts'
import type { FaultProxy } from '../testkit/fault-proxy.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkAtRest } from './check-at-rest.ts'
import {
  countIn,
  countRequests,
  createManyOn,
  createOn,
  pinPolicies,
  readCluster,
  simulated,
} from './clusters.ts'
import { differencesOf, lastObservation } from './converged.ts'

const GIB = 1n << 30n
const TIB = 1n << 40n

/** Each row has clusters of its own, so they run side by side. */
const HEALTHY = 0
const SLOW = 1
const FAILING = 2
const FLAPPING = 3
const IMPOSTOR = 4
const LOCKED_OUT = 5
const TALKING_NONSENSE = 6
const CROWDED = 7
const RESTORED = 8
const THROTTLING = 14
const SHRINKING = 15
const AWAY_FOR_LONG = 16
const CUT_OFF: readonly (readonly [string, number, (proxy: FaultProxy) => unknown])[] = [
  ['refused', 9, (proxy) => proxy.setMode('refused')],
  ['reset', 10, (proxy) => resetAll(proxy)],
  ['half-open', 11, (proxy) => proxy.setMode('silent')],
  ['one way, there', 12, (proxy) => proxy.setToxics('up', { kind: 'timeout', afterMs: 0 })],
  ['one way, back', 13, (proxy) => proxy.setToxics('down', { kind: 'timeout', afterMs: 0 })],
]

/** More than one worker works on at once for a cluster. */
const WAVE = 80
const CALL_TIMEOUT_MS = 5_000
/** They share two cores with whatever else is tested. */
const BUSY_MS = 200_000

/** So that two polls are within it on the busiest machine: a minute instead of ten seconds. */
const LONG_WATCH = {
  module: 'core/src/polling/poll-schedule.ts',
  find: 'const STEADY_INTERVALS = 10',
  replace: 'const STEADY_INTERVALS = 60',
}

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 17, capacity: { kind: 'list', bytes: [100n * TIB] }, seed: 23 },
    proxied: { clusters: true },
    env: patchedEnv([LONG_WATCH]),
  })
  await pinPolicies(stack)
})

afterAll(async () => {
  try {
    if (stack) await checkAtRest(stack)
  } finally {
    await stack?.close()
  }
})

describe.concurrent('clusters that misbehave', () => {
  test('N1: a cluster that is slow, hangs, or hangs after the headers hurts no other, and loses nothing', async () => {
    const before = await timeToAvailable(HEALTHY)
    simulated(stack, SLOW).faults.set(
      { kind: 'latency', delayMs: 30_000, operations: ['GetCluster', 'ListNodes'] },
      { kind: 'hang', operations: ['CreateVolume'] },
      { kind: 'hangAfterHeaders', operations: ['GetVolume'] },
    )
    const waiting = await createManyOn(stack, SLOW, 40)
    const during = await timeToAvailable(HEALTHY)
    // Whoever waited for one of its calls would wait for a time-out.
    expect(during).toBeLessThan(2 * before + CALL_TIMEOUT_MS / 2)
    await waitUntil('its calls to be given up', async () =>
      (await attemptErrors(waiting)).includes('TIMEOUT'),
    )
    await untilConnection(SLOW, 'DISCONNECTED')
    expect(await countIn(stack, waiting, 'CREATING')).toBe(40)
    simulated(stack, SLOW).faults.clear()
    await untilAllAvailable(waiting)
  })

  test('N2: 500, 502 and 503 bring a sick cluster no more requests than a healthy one has; all is done when it is well', async () => {
    const cluster = simulated(stack, FAILING)
    const operations = ['CreateVolume', 'GetVolume']
    cluster.faults.set()
    const asked = countRequests(cluster, operations)
    await untilAllAvailable(await createManyOn(stack, FAILING, WAVE))
    const healthy = asked()

    let sick = 0
    const sicken = async (status: number, work: (askedSoFar: () => number) => Promise<unknown>) => {
      cluster.faults.set({ kind: 'error', status, operations })
      const askedWhileSick = countRequests(cluster, operations)
      await work(askedWhileSick)
      sick += askedWhileSick()
    }
    let waiting: readonly string[] = []
    await sicken(500, async (askedSoFar) => {
      waiting = await createManyOn(stack, FAILING, WAVE)
      await waitUntil('the breaker to have had cause to open', () => askedSoFar() > 5)
      await sleep(5_000)
    })
    await sicken(502, () => sleep(2_500))
    await sicken(503, () => sleep(2_500))
    cluster.faults.clear()
    expect(sick).toBeLessThanOrEqual(1.1 * healthy)
    await untilAllAvailable(waiting)
  })

  test('N2: 429 with Retry-After is heeded, by all volumes of the cluster', async () => {
    const cluster = simulated(stack, THROTTLING)
    const operations = ['CreateVolume', 'GetVolume']
    cluster.faults.set({ kind: 'error', status: 429, retryAfterSeconds: 45, operations })
    const asked = countRequests(cluster, operations)
    const waiting = await createManyOn(stack, THROTTLING, WAVE)
    await waitUntil('the first to have been told', () => asked() > 0)
    // Those that were on their way ask once more. A rest that the cluster has not asked for lasts ten seconds at most, then one finds out.
    let [seen, seenAt] = [asked(), performance.now()]
    await waitUntil(
      'nobody to ask any more for 25 seconds',
      () => {
        if (asked() > seen) [seen, seenAt] = [asked(), performance.now()]
        return performance.now() - seenAt > 25_000
      },
      120_000,
    )
    cluster.faults.clear()
    await untilAllAvailable(waiting)
  })

  test('N3: refused, reset, half-open and cut off one way: disconnected, kept with its figures, used again afterwards', async () => {
    await Promise.all(
      CUT_OFF.map(async ([what, index, cut]) => {
        const proxy = proxyOf(index)
        const [id] = await createManyOn(stack, index, 1)
        await untilAllAvailable([id ?? ''])
        await waitUntil(
          'the volume to be observed',
          async () => (await readCluster(stack, index)).capacity.volumeCount === 1,
        )
        await cut(proxy)
        await untilConnection(index, 'DISCONNECTED')
        const away = await readCluster(stack, index)
        expect(away, what).toMatchObject({
          capacity: { volumeCount: 1 },
          connectionError: expect.stringMatching(/\w/),
        })
        const refusal = await createOn(stack, index)
        const verdict = refusal.decision?.verdicts.find(({ clusterName }) => clusterName === away.name)
        expect(verdict?.rejection?.reason, what).toBe('NOT_CONNECTED')
        expect(await countIn(stack, [id ?? ''], 'AVAILABLE'), what).toBe(1)
        expect((await readCluster(stack, index)).capacity.observedAt, what).toBe(away.capacity.observedAt)
        await proxy.heal()
        await untilConnection(index, 'CONNECTED')
        await untilAllAvailable(await createManyOn(stack, index, 1))
      }),
    )
  })

  test('N3: what waits for a cluster that is away is left alone, and done once at its return: two polls after the first its records equal it', async () => {
    const cluster = simulated(stack, AWAY_FOR_LONG)
    const proxy = proxyOf(AWAY_FOR_LONG)
    const present = await createManyOn(stack, AWAY_FOR_LONG, 24)
    await untilAllAvailable(present)
    cluster.faults.set({
      kind: 'error',
      status: 503,
      operations: ['CreateVolume', 'UpdateVolume', 'DeleteVolume'],
    })
    const added = await createManyOn(stack, AWAY_FOR_LONG, 16)
    await Promise.all(present.map((id, number) => (number % 2 === 0 ? grow(id) : requestDeletion(id))))
    const waiting = [...present, ...added]
    await proxy.setMode('refused')
    // Its polls take six seconds: between two of them there is time for forty changes on a busy machine, too.
    cluster.faults.set({ kind: 'latency', delayMs: 3_000, operations: ['ListVolumes', 'ListNodes'] })
    await untilConnection(AWAY_FOR_LONG, 'DISCONNECTED')
    let before = await workOn(waiting)
    let { failures: since } = await pollState(AWAY_FOR_LONG)
    await waitUntil('nobody to take any of them up while eight polls fail', async () => {
      const [work, { failures }] = [await workOn(waiting), await pollState(AWAY_FOR_LONG)]
      if (work.leases !== before.leases) [before, since] = [work, failures]
      return failures - since >= 8
    })

    const { sequence: lastBefore } = await lastObservation(stack, AWAY_FOR_LONG)
    await proxy.heal()
    const observations = new Set<bigint>()
    await waitUntil('its records to equal it', async () => {
      const { sequence, isAtRest } = await lastObservation(stack, AWAY_FOR_LONG)
      if (sequence > lastBefore) observations.add(sequence)
      return sequence > lastBefore && isAtRest
    })
    expect(observations.size).toBeLessThanOrEqual(3)
    expect(await differencesOf(stack, AWAY_FOR_LONG)).toEqual([])
    // A few may have been tried twice, where a machine is so busy that calls run out of time.
    const { attempts } = await workOn(waiting)
    expect(attempts - before.attempts).toBeLessThan(1.5 * waiting.length)
    cluster.faults.clear()
  })

  test('N4: a cluster that comes and goes every two polls changes its state once, and is used again when it stays', async () => {
    const proxy = proxyOf(FLAPPING)
    await untilConnection(FLAPPING, 'CONNECTED')
    const states: string[] = []
    let isOver = false
    const watching = (async () => {
      // It looks once more when all is over: what ends the test may have come after its last look.
      for (let isLast = false; !isLast; await sleep(50)) {
        isLast = isOver
        const { connection } = await pollState(FLAPPING)
        if (states.at(-1) !== connection) states.push(connection)
      }
    })()
    for (let time = 0; time < 5; time++) {
      await proxy.setMode('refused')
      await waitUntil('two polls to fail', async () => (await pollState(FLAPPING)).failures >= 2)
      await proxy.setMode('open')
      const since = (await pollState(FLAPPING)).sequence
      await waitUntil('two polls to succeed', async () => {
        const { failures, sequence } = await pollState(FLAPPING)
        return failures === 0 && sequence >= since + 2n
      })
    }
    // Once it has come back as any cluster may; the second time it was lost it was known.
    expect(states).toEqual(['CONNECTED', 'DISCONNECTED', 'CONNECTED', 'DISCONNECTED'])
    expect((await readCluster(stack, FLAPPING)).connectionError).toContain('again and again')
    expect((await createOn(stack, FLAPPING)).__typename).toBe('NoFeasibleClusterError')
    const { watchedUntil } = await pollState(FLAPPING)
    const { now } = await waitUntil('it to have answered for long enough', async () => {
      const state = await pollState(FLAPPING)
      return state.connection === 'CONNECTED' && state
    })
    isOver = true
    await watching
    expect(now.getTime()).toBeGreaterThanOrEqual(watchedUntil?.getTime() ?? Number.POSITIVE_INFINITY)
    expect(states.slice(4)).toEqual(['CONNECTED'])
    await untilAllAvailable(await createManyOn(stack, FLAPPING, 1))
  })

  test('N5: a certificate other than the pinned one is shown, and nobody sends it a token', async () => {
    const cluster = simulated(stack, IMPOSTOR)
    await cluster.changeCertificate()
    const asked = countRequests(cluster)
    const { connectionError } = await untilConnection(IMPOSTOR, 'DISCONNECTED')
    expect(connectionError).toContain(cluster.fingerprintSha256)
    expect(asked()).toBe(0)
    const { id } = await readCluster(stack, IMPOSTOR)
    const tls = { mode: 'PINNED', certificateSha256: cluster.fingerprintSha256 }
    await mutate(stack, 'updateCluster', { id, tls }, '__typename')
    await untilConnection(IMPOSTOR, 'CONNECTED')
    expect(asked()).toBeGreaterThan(0)
    cluster.faults.clear()
  })

  test('N6: a token that is no longer accepted is told as that, and is not tried over and over', async () => {
    const cluster = simulated(stack, LOCKED_OUT)
    // Polls would tell so soon that nothing could be placed any more.
    cluster.faults.set({ kind: 'error', status: 401, operations: ['CreateVolume', 'GetVolume'] })
    const waiting = await createManyOn(stack, LOCKED_OUT, 20)
    cluster.faults.set({ kind: 'error', status: 401 })
    await untilConnection(LOCKED_OUT, 'UNAUTHORIZED')
    const asked = countRequests(cluster)
    await sleep(5_000)
    // A poll that fails costs two requests at most, and there is one each second at most.
    expect(asked()).toBeLessThanOrEqual(12)
    expect(await countIn(stack, waiting, 'CREATING')).toBe(20)
    cluster.faults.clear()
    await untilConnection(LOCKED_OUT, 'CONNECTED')
    await untilAllAvailable(waiting)
  })

  test('N7: figures that cannot be are not used, the last good ones stay, and an alert says so', async () => {
    const cluster = simulated(stack, TALKING_NONSENSE)
    cluster.createForeignVolume({ name: 'theirs', sizeBytes: TIB, replicaCount: 1 })
    await waitUntil(
      'the volume to be observed',
      async () => (await readCluster(stack, TALKING_NONSENSE)).capacity.volumeCount === 1,
    )
    const figure = (value: unknown) =>
      ({
        kind: 'patchBody',
        operations: ['GetCluster'],
        fields: { 'statistics.effectivePhysicalStorage': value },
      }) as never
    let good = ''
    for (const fault of [figure('-1'), figure('NaN'), figure('0'), { kind: 'truncateBody' } as const]) {
      cluster.faults.set(fault)
      const { failures } = await pollState(TALKING_NONSENSE)
      await waitUntil('a poll to fail', async () => (await pollState(TALKING_NONSENSE)).failures > failures)
      const { capacity } = await readCluster(stack, TALKING_NONSENSE)
      good ||= capacity.observedAt
      expect(capacity).toMatchObject({
        effectiveBytes: String(100n * TIB),
        provisionedBytes: String(TIB),
        volumeCount: 1,
        observedAt: good,
      })
    }
    const alert = await waitUntil('the alert', async () =>
      (await openAlerts(TALKING_NONSENSE)).find(({ kind }) => kind === 'STALE'),
    )
    expect(alert.message).toContain('gets no new volumes')

    const other = simulated(stack, HEALTHY).uuid
    cluster.faults.set({ kind: 'patchBody', operations: ['GetCluster'], fields: { UUID: other } })
    expect((await untilConnection(TALKING_NONSENSE, 'QUARANTINED')).connectionError).toContain(other)
    cluster.faults.set({
      kind: 'patchBody',
      operations: ['ListVolumes'],
      fields: { 'volumes.0.creationTime': '1970-01-01T00:00:00Z' },
    })
    await untilConnection(TALKING_NONSENSE, 'CONNECTED')
    await refresh(TALKING_NONSENSE)
    cluster.createForeignVolume({ name: 'far too large', sizeBytes: 200n * TIB, replicaCount: 1 })
    await waitUntil('more to be provisioned than there is', async () => {
      const { capacity } = await readCluster(stack, TALKING_NONSENSE)
      return BigInt(capacity.provisionedBytes) === 201n * TIB
    })
    expect((await createOn(stack, TALKING_NONSENSE)).__typename).toBe('NoFeasibleClusterError')
    cluster.faults.clear()
  })

  test('N7: a cluster with more volumes than a page is read to the last one, page by page', async () => {
    const cluster = simulated(stack, CROWDED)
    const count = 1_500
    for (let number = 0; number < count; number++) {
      cluster.createForeignVolume({ name: `theirs-${number}`, sizeBytes: GIB, replicaCount: 1 })
    }
    await waitUntil(
      'all to be counted',
      async () => (await readCluster(stack, CROWDED)).capacity.volumeCount === count,
    )
    expect((await readCluster(stack, CROWDED)).capacity.provisionedBytes).toBe(String(BigInt(count) * GIB))
    await untilAllAvailable(await createManyOn(stack, CROWDED, 1))
  })

  test('N8: a cluster put back to an earlier state: what vanished is missing and not made again, what came back of ours goes again', async () => {
    const cluster = simulated(stack, RESTORED)
    const [kept, vanished, deleted] = await createManyOn(stack, RESTORED, 3)
    await untilAllAvailable([kept, vanished, deleted].map(String))
    const backup = cluster.volumes().find(({ name }) => name === backendNameOf(deleted))
    if (!backup) throw new Error('the volume is not on its cluster')
    await remove(deleted)
    for (const { name, uuid } of cluster.volumes())
      if (name === backendNameOf(vanished)) cluster.deleteVolume(uuid)
    cluster.putBackVolume(backup)
    await waitUntil(
      'the one to be missing',
      async () => (await countIn(stack, [vanished ?? ''], 'MISSING')) === 1,
    )
    await waitUntil('the other to be gone again', () =>
      cluster.volumes().every(({ name }) => name !== backendNameOf(deleted)),
    )
    await refresh(RESTORED)
    expect(cluster.volumes().map(({ name }) => name)).toEqual([backendNameOf(kept)])
    await remove(vanished)
  })

  test('N8: a cluster that shrinks below what is provisioned gets nothing more, until it grows', async () => {
    const cluster = simulated(stack, SHRINKING)
    const theirs = cluster.createForeignVolume({ name: 'theirs', sizeBytes: 20n * TIB, replicaCount: 1 })
    cluster.setCapacity(10n * TIB)
    const ratio = await waitUntil('the ratio to pass 1', async () => {
      const { capacity } = await readCluster(stack, SHRINKING)
      const [provisioned, effective] = [Number(capacity.provisionedBytes), Number(capacity.effectiveBytes)]
      return provisioned > effective && provisioned / effective
    })
    expect(ratio).toBe(2)
    const refusal = await createOn(stack, SHRINKING)
    const verdict = refusal.decision?.verdicts.find(({ clusterName }) => clusterName === cluster.name)
    expect(verdict?.rejection?.reason).toBe('PROMISED_LIMIT')
    cluster.setCapacity(100n * TIB)
    cluster.deleteVolume(theirs.uuid)
    await waitUntil('room', async () => (await createOn(stack, SHRINKING)).volume !== undefined)
  })
})

/** Milliseconds from asking for a volume until it is there, the median of a few. */
async function timeToAvailable(index: number): Promise<number> {
  const times: number[] = []
  for (let number = 0; number < 5; number++) {
    const begin = performance.now()
    await untilAllAvailable(await createManyOn(stack, index, 1))
    times.push(performance.now() - begin)
  }
  return median(times)
}

function untilAllAvailable(ids: readonly string[]): Promise<unknown> {
  return waitUntil(
    `${ids.length} volumes to be available`,
    async () => (await countIn(stack, ids, 'AVAILABLE')) === ids.length,
    BUSY_MS,
  )
}

function untilConnection(index: number, connection: string) {
  return waitUntil(`the cluster to be ${connection}`, async () => {
    const cluster = await readCluster(stack, index)
    return cluster.connection === connection && cluster
  })
}

function proxyOf(index: number): FaultProxy {
  const proxy = stack.clusterProxies[index]
  if (!proxy) throw new Error(`there is no proxy ${index}`)
  return proxy
}

function resetAll(proxy: FaultProxy): void {
  proxy.setToxics('down', { kind: 'resetPeer', afterMs: 0 })
  proxy.cutAll()
}

interface PollState {
  readonly connection: string
  readonly failures: number
  readonly sequence: bigint
  /** Until then one that has come back must answer to count as connected. */
  readonly watchedUntil: Date | null
  /** By the same clock. */
  readonly now: Date
}

async function pollState(index: number): Promise<PollState> {
  const { rows } = await stack.sql.query<PollState>(
    `SELECT connection, poll_failures AS failures, sequence, watched_until AS "watchedUntil", clock_timestamp() AS now
     FROM cluster JOIN cluster_capacity ON cluster_id = id
     WHERE name = $1`,
    [simulated(stack, index).name],
  )
  if (!rows[0]) throw new Error('the cluster has not been polled')
  return rows[0]
}

/** Codes that attempts at these volumes ended with. */
async function attemptErrors(ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await stack.sql.query<{
    attempts: readonly { readonly error?: { readonly code: string } }[]
  }>('SELECT attempts FROM operation WHERE volume_id = ANY ($1)', [ids])
  return rows.flatMap(({ attempts }) => attempts.flatMap(({ error }) => error?.code ?? []))
}

async function openAlerts(index: number) {
  const { id } = await readCluster(stack, index)
  const { cluster } = await stack.api.ask<{
    cluster: { alerts: { nodes: { kind: string; message: string; clearedAt: string | null }[] } }
  }>('query ($id: ID!) { cluster(id: $id) { alerts { nodes { kind message clearedAt } } } }', { id })
  return cluster.alerts.nodes.filter(({ clearedAt }) => clearedAt === null)
}

/** Has the cluster's inventory read, and waits until it has been. */
async function refresh(index: number): Promise<void> {
  const { id } = await readCluster(stack, index)
  const { operation } = await mutate(stack, 'refreshCluster', { id }, 'operation { id }')
  expect(await untilDone(stack, operation?.id)).toMatchObject({ state: 'SUCCEEDED' })
}

interface Work {
  readonly leases: bigint
  readonly attempts: number
}

/** How often any of these was taken up so far, and how many attempts at them there have been. */
async function workOn(ids: readonly string[]): Promise<Work> {
  const { rows } = await stack.sql.query<Work>(
    `SELECT (SELECT sum(lease_number)::bigint FROM volume WHERE id = ANY ($1)) AS leases,
            (SELECT sum(attempt_count)::int FROM operation WHERE volume_id = ANY ($1)) AS attempts`,
    [ids],
  )
  if (!rows[0]) throw new Error('there is no such work')
  return rows[0]
}

/** On a busy machine the figures may have grown old; then it is asked for again. */
function grow(id: string): Promise<unknown> {
  return waitUntil(`${id} to be resized`, async () => {
    const { __typename } = await mutate(stack, 'resizeVolume', { id, sizeBytes: '2GiB' })
    return __typename === 'ResizeVolumePayload'
  })
}

async function requestDeletion(id: string | undefined): Promise<void> {
  const { __typename } = await mutate(stack, 'deleteVolume', { id })
  expect(__typename).toBe('DeleteVolumePayload')
}

async function remove(id: string | undefined): Promise<void> {
  await requestDeletion(id)
  await waitUntil(`${id} to be gone`, async () => (await countIn(stack, [id ?? ''], 'DELETED')) === 1)
}

const backendNameOf = (id: string | undefined) => `flo-${id?.slice(4)}`
