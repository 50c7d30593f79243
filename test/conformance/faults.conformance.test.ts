import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import type { FaultRuleInput } from '@flotilla/simulator/faults/fault-rule'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { describe, expect, it, vi } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { connect, type DriverUnderTest, driversUnderTest, startCluster } from './drivers-under-test.ts'
import { listAll, volumeSpec } from './volume-spec.ts'

type Read = (session: ClusterSession, signal?: AbortSignal) => Promise<unknown>

const SOME_ID = '5f0c1a4e-0000-4000-8000-000000000001'

const READS: readonly { readonly read: string; readonly run: Read }[] = [
  { read: 'identify', run: (session, signal) => session.identify(signal) },
  { read: 'observeStatistics', run: (session, signal) => session.observeStatistics(signal) },
  { read: 'listVolumes', run: (session, signal) => listAll(session, signal) },
  { read: 'findVolume', run: (session, signal) => session.findVolume('default', 'any', signal) },
  { read: 'findVolumeById', run: (session, signal) => session.findVolumeById('default', SOME_ID, signal) },
]

describe.each(driversUnderTest)('driver $driver.kind under faults', (subject) => {
  describe('of a creation', () => {
    it('an answer that is lost after the work is UNKNOWN, and looking finds the one volume', async () => {
      const cluster = await startCluster(subject)
      cluster.faults.set({ kind: 'dropAnswer', operations: ['CreateVolume'], times: 1 })
      const session = connect(subject, cluster)
      const spec = volumeSpec()
      await expectFailure(session.createVolume(spec), 'UNKNOWN', 'CONNECT')
      expect(await session.findVolume(spec.project, spec.name)).toMatchObject({ state: 'AVAILABLE' })
      expect(cluster.volumes()).toHaveLength(1)
    })

    it('a request that is lost before the work is UNKNOWN too, and looking finds nothing', async () => {
      const cluster = await startCluster(subject)
      cluster.faults.set({ kind: 'dropRequest', operations: ['CreateVolume'] })
      const session = connect(subject, cluster)
      const spec = volumeSpec()
      await expectFailure(session.createVolume(spec), 'UNKNOWN', 'CONNECT')
      expect(await session.findVolume(spec.project, spec.name)).toBeNull()
    })

    it.each([
      ['TIMEOUT', { kind: 'hang' }],
      ['TIMEOUT', { kind: 'hangAfterHeaders' }],
      ['TIMEOUT', { kind: 'slowBody', bytesPerSecond: 10 }],
      ['MALFORMED_ANSWER', { kind: 'truncateBody' }],
      ['MALFORMED_ANSWER', { kind: 'patchBody', fields: { UUID: 'none' } }],
      ['MALFORMED_ANSWER', { kind: 'patchBody', fields: { name: 'another' } }],
      ['SERVER_ERROR', { kind: 'error', status: 500 }],
      ['SERVER_ERROR', { kind: 'error', status: 502 }],
      ['SERVER_ERROR', { kind: 'error', status: 504 }],
    ] as const)('is UNKNOWN/%s with %o', async (reason, fault: FaultRuleInput) => {
      const cluster = await startCluster(subject)
      cluster.faults.set({ ...fault, operations: ['CreateVolume'] })
      const session = connect(subject, cluster, { requestTimeoutMs: reason === 'TIMEOUT' ? 200 : 5_000 })
      await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', reason)
    })

    it.each([
      [400, 'REFUSED', 'INVALID_ARGUMENT'],
      [401, 'UNAUTHORIZED', 'UNAUTHENTICATED'],
      [403, 'UNAUTHORIZED', 'FORBIDDEN'],
      [409, 'REFUSED', 'NAME_TAKEN'],
      [412, 'REFUSED', 'PRECONDITION_FAILED'],
      [429, 'UNAVAILABLE', 'THROTTLED'],
      [501, 'REFUSED', 'UNSUPPORTED_VERSION'],
      [503, 'UNAVAILABLE', 'BUSY'],
    ] as const)('answered %i is %s/%s', async (status, outcome, reason) => {
      const cluster = await startCluster(subject)
      cluster.faults.set({ kind: 'error', status, operations: ['CreateVolume'] })
      const call = connect(subject, cluster).createVolume(volumeSpec())
      const { message } = await expectFailure(call, outcome, reason)
      expect(message).toContain(new URL(cluster.endpoint).host)
      expect(message).toContain('fault on command')
      expect(cluster.volumes()).toEqual([])
    })

    it('is not sent at all when nothing listens', async () => {
      const cluster = await startCluster(subject)
      await cluster.setConnectivity('refused')
      const call = connect(subject, cluster).createVolume(volumeSpec())
      await expectFailure(call, 'UNAVAILABLE', 'CONNECT')
    })

    it('is not sent in a partition, where nobody shows which cluster it is', async () => {
      const cluster = await startCluster(subject)
      await cluster.setConnectivity('silent')
      const call = connect(subject, cluster, { requestTimeoutMs: 200 }).createVolume(volumeSpec())
      await expectFailure(call, 'UNAVAILABLE', 'TIMEOUT')
    })

    it('is UNKNOWN in a partition when no cluster is expected', async () => {
      const cluster = await startCluster(subject)
      await cluster.setConnectivity('silent')
      const session = connect(subject, cluster, { requestTimeoutMs: 200, expectedBackendId: null })
      await expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'TIMEOUT')
    })
  })

  describe('of a resize and a deletion', () => {
    it('lost answers are UNKNOWN and the work is done once', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      const volume = await session.createVolume(volumeSpec())
      cluster.faults.set({ kind: 'dropAnswer', operations: ['UpdateVolume', 'DeleteVolume'] })
      await expectFailure(session.resizeVolume(volume, volume.sizeBytes * 2n), 'UNKNOWN', 'CONNECT')
      expect(cluster.volumes()).toMatchObject([{ sizeBytes: volume.sizeBytes * 2n }])
      await expectFailure(session.deleteVolume(volume), 'UNKNOWN', 'CONNECT')
      expect(cluster.volumes()).toEqual([])
    })
  })

  describe.each(READS)('of $read', ({ run }) => {
    it.each([
      ['CONNECT', { kind: 'dropRequest' }],
      ['CONNECT', { kind: 'dropAnswer' }],
      ['TIMEOUT', { kind: 'hang' }],
      ['TIMEOUT', { kind: 'hangAfterHeaders' }],
      ['TIMEOUT', { kind: 'slowBody', bytesPerSecond: 10 }],
      ['SERVER_ERROR', { kind: 'error', status: 500 }],
      ['SERVER_ERROR', { kind: 'error', status: 502 }],
      ['BUSY', { kind: 'error', status: 503 }],
      ['MALFORMED_ANSWER', { kind: 'truncateBody' }],
    ] as const)('is UNAVAILABLE/%s with %o', async (reason, fault: FaultRuleInput) => {
      const cluster = await startCluster(subject)
      cluster.createForeignVolume({ name: 'any', sizeBytes: 4096n })
      cluster.faults.set(fault)
      const session = connect(subject, cluster, { requestTimeoutMs: reason === 'TIMEOUT' ? 200 : 5_000 })
      await expectFailure(run(session), 'UNAVAILABLE', reason)
    })

    it('recovers when the fault is over', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      await run(session)
      await cluster.setConnectivity('refused')
      await expectFailure(run(session), 'UNAVAILABLE', 'CONNECT')
      await cluster.setConnectivity('open')
      await run(session)
    })

    it('is CANCELLED before it begins and while it waits', async () => {
      const cluster = await startCluster(subject)
      const session = connect(subject, cluster)
      await expectFailure(run(session, AbortSignal.abort()), 'UNAVAILABLE', 'CANCELLED')
      cluster.faults.set({ kind: 'hang', times: 1 })
      const stop = new AbortController()
      const call = expectFailure(run(session, stop.signal), 'UNAVAILABLE', 'CANCELLED')
      await untilFaultsAreSpent(cluster)
      stop.abort()
      await call
    })
  })

  it('hands on Retry-After', async () => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'error', status: 429, retryAfterSeconds: 7 })
    const call = connect(subject, cluster).observeStatistics()
    expect(await expectFailure(call, 'UNAVAILABLE', 'THROTTLED')).toMatchObject({ retryAfterMs: 7_000 })
  })

  it.each([
    ['GetCluster', 'statistics.effectivePhysicalStorage', '-1'],
    ['GetCluster', 'statistics.effectivePhysicalStorage', '0'],
    ['GetCluster', 'statistics.effectivePhysicalStorage', 'NaN'],
    ['GetCluster', 'statistics.logicalStorage', 1.5],
    ['GetCluster', 'statistics.logicalStorage', '9223372036854775808'],
    ['GetCluster', 'statistics.logicalStorage', '4611686018427387905'],
    ['GetCluster', 'statistics.freePhysicalStorage', '9223372036854775807'],
    ['GetCluster', 'statistics.physicalUsedStorage', 2 ** 60],
    ['GetCluster', 'statistics', null],
    ['GetCluster', 'currentMaxReplicas', -1],
    ['GetCluster', 'currentMaxReplicas', 2 ** 31],
    ['GetCluster', 'clusterName', 'a\0b'],
    ['GetCluster', 'clusterName', '\ud800'],
    ['GetCluster', 'MinVersionInCluster', '\0'],
    ['GetCluster', 'apiEndpoints.0', '10.0.0.1:443\0'],
    ['GetCluster', 'UUID', ''],
    ['GetCluster', 'UUID', '00000000-0000-0000-0000-000000000000'],
    ['ListNodes', 'nodes', 'none'],
    ['ListNodes', 'nodes.0.name', '\0'],
    ['ListNodes', 'nodes.0.state', '\0'],
  ])('N7: rejects statistics with %s %s = %o, and names the field', async (operation, path, value) => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'patchBody', operations: [operation], fields: { [path]: value } })
    const call = connect(subject, cluster).observeStatistics()
    expect((await expectFailure(call, 'UNAVAILABLE', 'MALFORMED_ANSWER')).message).toContain(path)
  })

  it.each([
    ['volumes.1.size', '-4096'],
    ['volumes.1.size', '0'],
    ['volumes.1.replicaCount', 0],
    ['volumes.1.replicaCount', 4_000_000_000],
    ['volumes.1.size', '4611686018427387904'],
    ['volumes.1.name', ''],
    ['volumes.1.name', 'a\0b'],
    ['volumes.1.projectName', '\0'],
    ['volumes.1.protectionState', '\0'],
    ['volumes.1.ETag', '\0'],
    ['volumes.1.UUID', 'x'],
  ])('N7: rejects an inventory with %s = %o, and names the field', async (path, value) => {
    const cluster = await startCluster(subject, { volumesPerCluster: 3 })
    cluster.faults.set({ kind: 'patchBody', operations: ['ListVolumes'], fields: { [path]: value } })
    const call = listAll(connect(subject, cluster))
    expect((await expectFailure(call, 'UNAVAILABLE', 'MALFORMED_ANSWER')).message).toContain(path.slice(8))
  })

  it('refuses another version of the API', async () => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'patchBody', operations: ['GetVersion'], fields: { apiVersion: 'v3.0' } })
    await expectFailure(connect(subject, cluster).identify(), 'REFUSED', 'UNSUPPORTED_VERSION')
  })

  it('a cancelled creation that was sent is UNKNOWN, one that was not is UNAVAILABLE', async () => {
    const cluster = await startCluster(subject)
    const session = await connectAndReach(subject, cluster)
    await expectFailure(session.createVolume(volumeSpec(), AbortSignal.abort()), 'UNAVAILABLE', 'CANCELLED')
    const stop = new AbortController()
    cluster.faults.set({ kind: 'hang', times: 1 })
    const call = expectFailure(session.createVolume(volumeSpec(), stop.signal), 'UNKNOWN', 'CANCELLED')
    await untilFaultsAreSpent(cluster)
    stop.abort()
    await call
  })

  it('closing ends running calls and refuses later ones', async () => {
    const cluster = await startCluster(subject)
    const session = await connectAndReach(subject, cluster)
    cluster.faults.set({ kind: 'hang', times: 2 })
    const creation = expectFailure(session.createVolume(volumeSpec()), 'UNKNOWN', 'CANCELLED')
    const look = expectFailure(session.findVolume('default', 'any'), 'UNAVAILABLE', 'CANCELLED')
    await untilFaultsAreSpent(cluster)
    await session.close()
    await Promise.all([creation, look])
    await expectFailure(session.identify(), 'UNAVAILABLE', 'CANCELLED')
    await session.close()
  })
})

/** A session that has seen which cluster it leads to, so that the next request is the next call's own. */
async function connectAndReach(subject: DriverUnderTest, cluster: SimulatedCluster): Promise<ClusterSession> {
  const session = connect(subject, cluster)
  await session.findVolume('default', 'any')
  return session
}

/** Every request that a fault was meant for has arrived. */
async function untilFaultsAreSpent(cluster: SimulatedCluster): Promise<void> {
  await vi.waitFor(() => expect(cluster.faults.list()).toEqual([]))
}
