import type { ClusterSession } from '@flotilla/core/ports/cluster-driver'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { describe, expect, it, vi } from 'vitest'
import { expectFailure } from './driver-failure.ts'
import { connect, type DriverUnderTest, driversUnderTest, startTwoClusters } from './drivers-under-test.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import { listAll, volumeSpec } from './volume-spec.ts'

describe.each(driversUnderTest)(
  'driver $driver.kind and endpoints that lead to another cluster',
  (subject) => {
    it('makes no call about volumes there, and says which cluster it found', async () => {
      const { ours, theirs, session } = await startMixed(subject, (_ours, theirs) => [theirs.endpoint])
      const spec = volumeSpec()
      const volume = await connect(subject, theirs).createVolume(spec)
      const calls = [
        () => listAll(session),
        () => session.findVolume(spec.project, spec.name),
        () => session.findVolumeById(volume.project, volume.backendId),
        () => session.createVolume(volumeSpec()),
        () => session.resizeVolume(volume, volume.sizeBytes * 2n),
        () => session.deleteVolume(volume),
      ]
      for (const call of calls) {
        const { message } = await expectFailure(call(), 'UNAVAILABLE', 'WRONG_CLUSTER')
        expect(message).toContain(ours.uuid)
        expect(message).toContain(theirs.uuid)
        expect(message).toContain(new URL(theirs.endpoint).host)
      }
      expect(theirs.volumes()).toMatchObject([{ uuid: volume.backendId, sizeBytes: volume.sizeBytes }])
    })

    it('works with the endpoints that are right', async () => {
      const { ours, theirs, session } = await startMixed(subject, (ours, theirs) => [
        theirs.endpoint,
        ours.endpoint,
      ])
      const volume = await session.createVolume(volumeSpec())
      expect(ours.volumes()).toMatchObject([{ uuid: volume.backendId }])
      expect(theirs.volumes()).toEqual([])
      await session.deleteVolume(volume)
      expect(ours.volumes()).toEqual([])
    })

    it('does not fail over to another cluster', async () => {
      const { ours, theirs, session } = await startMixed(subject, (ours, theirs) => [
        ours.endpoint,
        theirs.endpoint,
      ])
      const volume = await session.createVolume(volumeSpec())
      await ours.setConnectivity('refused')
      await expectFailure(session.findVolume('default', volume.name), 'UNAVAILABLE', 'WRONG_CLUSTER')
      await expectFailure(session.deleteVolume(volume), 'UNAVAILABLE', 'WRONG_CLUSTER')
      await ours.setConnectivity('open')
      expect(await session.findVolume('default', volume.name)).toEqual(volume)
      expect(theirs.volumes()).toEqual([])
    })

    it('tells of the other cluster also where the last endpoint is merely away', async () => {
      const { ours, session } = await startMixed(subject, (ours, theirs) => [theirs.endpoint, ours.endpoint])
      await ours.setConnectivity('refused')
      const { message } = await expectFailure(
        session.findVolume('default', 'any'),
        'UNAVAILABLE',
        'WRONG_CLUSTER',
      )
      expect(message).toContain(new URL(ours.endpoint).host)
    })

    it('notices that an address has passed to another cluster, and that it is back', async () => {
      const { ours, theirs } = await startMixed(subject, (ours) => [ours.endpoint])
      const address = await startTcpProxy(ours.endpoint, 'open')
      const session = connectToEither(subject, ours, theirs, [address.endpoint])
      const volume = await session.createVolume(volumeSpec())
      address.leadTo(theirs.endpoint)
      // Until the old connection is noticed to be cut, it fails as that.
      await vi.waitFor(() =>
        expectFailure(session.findVolume('default', volume.name), 'UNAVAILABLE', 'WRONG_CLUSTER'),
      )
      await expectFailure(session.createVolume(volumeSpec()), 'UNAVAILABLE', 'WRONG_CLUSTER')
      expect(theirs.volumes()).toEqual([])
      address.leadTo(ours.endpoint)
      await vi.waitFor(async () => expect(await session.findVolume('default', volume.name)).toEqual(volume))
    })

    it('identifies and observes whatever answers', async () => {
      const { theirs, session } = await startMixed(subject, (_ours, theirs) => [theirs.endpoint])
      expect(await session.identify()).toMatchObject({ backendId: theirs.uuid })
      expect(await session.observeStatistics()).toMatchObject({ identity: { backendId: theirs.uuid } })
    })

    it('takes any cluster while none is expected', async () => {
      const { theirs } = await startMixed(subject, (ours) => [ours.endpoint])
      const session = connect(subject, theirs, { expectedBackendId: null })
      theirs.faults.set({ kind: 'error', status: 500, operations: ['GetCluster'] })
      await session.createVolume(volumeSpec())
    })

    it('asks once for concurrent and for later calls', async () => {
      const { ours, session } = await startMixed(subject, (ours) => [ours.endpoint])
      ours.faults.set({ kind: 'latency', delayMs: 0, operations: ['GetCluster'], times: 1 })
      await Promise.all(Array.from({ length: 20 }, () => session.findVolume('default', 'any')))
      expect(ours.faults.list()).toEqual([])
      ours.faults.set({ kind: 'error', status: 500, operations: ['GetCluster'] })
      await session.createVolume(volumeSpec())
    })

    it.each([
      [404, 'UNAVAILABLE', 'NOT_FOUND'],
      [400, 'UNAVAILABLE', 'INVALID_ARGUMENT'],
      [500, 'UNAVAILABLE', 'SERVER_ERROR'],
      [503, 'UNAVAILABLE', 'BUSY'],
      [401, 'UNAUTHORIZED', 'UNAUTHENTICATED'],
      [403, 'UNAUTHORIZED', 'FORBIDDEN'],
    ] as const)(
      'an identity refused with %i says nothing about a volume',
      async (status, outcome, reason) => {
        const { ours, session } = await startMixed(subject, (ours) => [ours.endpoint])
        const volume = await session.createVolume(volumeSpec())
        const other = connectToEither(subject, ours, ours, [ours.endpoint])
        ours.faults.set({ kind: 'error', status, operations: ['GetCluster'] })
        await expectFailure(other.findVolume('default', volume.name), outcome, reason)
        await expectFailure(other.deleteVolume(volume), outcome, reason)
        await expectFailure(other.createVolume(volumeSpec()), outcome, reason)
        expect(ours.volumes()).toHaveLength(1)
      },
    )

    it('one caller who gives up does not end the check of the others', async () => {
      const { ours, session } = await startMixed(subject, (ours) => [ours.endpoint])
      ours.faults.set({ kind: 'latency', delayMs: 800, operations: ['GetCluster'], times: 1 })
      const stop = new AbortController()
      const impatient = expectFailure(
        session.createVolume(volumeSpec(), stop.signal),
        'UNAVAILABLE',
        'CANCELLED',
      )
      const patient = session.findVolume('default', 'any')
      await vi.waitFor(() => expect(ours.faults.list()).toEqual([]))
      stop.abort()
      await impatient
      expect(await patient).toBeNull()
    })
  },
)

/** Two clusters, and a session that expects the first at the endpoints chosen. */
async function startMixed(
  subject: DriverUnderTest,
  endpointsOf: (ours: SimulatedCluster, theirs: SimulatedCluster) => string[],
) {
  const [ours, theirs] = await startTwoClusters(subject)
  return { ours, theirs, session: connectToEither(subject, ours, theirs, endpointsOf(ours, theirs)) }
}

/** Certificate and token are good for both clusters: only the identity tells them apart. */
function connectToEither(
  subject: DriverUnderTest,
  ours: SimulatedCluster,
  theirs: SimulatedCluster,
  endpoints: string[],
): ClusterSession {
  const caCertificatePem = `${ours.certificatePem}\n${theirs.certificatePem}`
  return connect(subject, ours, { endpoints, tls: { mode: 'CA', caCertificatePem } })
}
