import { describe, expect, it, vi } from 'vitest'
import { expectFailure, failureOf } from './driver-failure.ts'
import { connect, driversUnderTest, startCluster, startTwoClusters } from './drivers-under-test.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import { volumeSpec } from './volume-spec.ts'

/** Nothing listens on port 1 of loopback. */
const DEAD = 'https://127.0.0.1:1'
const REQUEST_TIMEOUT_MS = 500
/** For tests that count connections: none is opened to see which cluster answers. */
const UNCHECKED = { expectedBackendId: null }

describe.each(driversUnderTest)('driver $driver.kind with several endpoints', (subject) => {
  it('goes on to the next one when nothing listens, changes included', async () => {
    const cluster = await startCluster(subject)
    const session = connect(subject, cluster, { endpoints: [DEAD, cluster.endpoint] })
    const volume = await session.createVolume(volumeSpec())
    expect(cluster.volumes()).toMatchObject([{ uuid: volume.backendId }])
  })

  it('goes on when connecting hangs, because nothing was sent', async () => {
    const cluster = await startCluster(subject)
    const silent = await startTcpProxy(cluster.endpoint, 'silent')
    const endpoints = [silent.endpoint, cluster.endpoint]
    const session = connect(subject, cluster, { endpoints, requestTimeoutMs: REQUEST_TIMEOUT_MS })
    await session.createVolume(volumeSpec())
    expect(cluster.volumes()).toHaveLength(1)
  })

  it('stays with the one that works', async () => {
    const cluster = await startCluster(subject)
    const silent = await startTcpProxy(cluster.endpoint, 'silent')
    const endpoints = [silent.endpoint, cluster.endpoint]
    const session = connect(subject, cluster, { endpoints, requestTimeoutMs: REQUEST_TIMEOUT_MS })
    await session.findVolume('default', 'any')
    const takenBefore = silent.taken()
    await session.identify()
    await session.observeStatistics()
    expect(silent.taken()).toBe(takenBefore)
  })

  it('begins with another one after connecting has failed', async () => {
    const cluster = await startCluster(subject)
    const [first, second] = [
      await startTcpProxy(cluster.endpoint, 'silent'),
      await startTcpProxy(cluster.endpoint, 'silent'),
    ]
    const endpoints = [first.endpoint, second.endpoint, cluster.endpoint]
    const session = connect(subject, cluster, { endpoints, requestTimeoutMs: REQUEST_TIMEOUT_MS })
    const stop = new AbortController()
    const call = expectFailure(session.findVolume('default', 'any', stop.signal), 'UNAVAILABLE', 'CANCELLED')
    await vi.waitFor(() => expect(second.taken()).toBe(1))
    stop.abort()
    await call
    expect(await session.findVolume('default', 'any')).toBeNull()
    expect(first.taken()).toBe(1)
  })

  it('waits for a connection far shorter than for an answer', { timeout: 10_000 }, async () => {
    const cluster = await startCluster(subject)
    const silent = await startTcpProxy(cluster.endpoint, 'silent')
    const endpoints = [silent.endpoint, cluster.endpoint]
    const session = connect(subject, cluster, { endpoints, requestTimeoutMs: 60_000 })
    await session.createVolume(volumeSpec())
    expect(cluster.volumes()).toHaveLength(1)
  })

  it('comes back when the one in use is lost', async () => {
    const cluster = await startCluster(subject)
    const other = await startTcpProxy(cluster.endpoint, 'open')
    const session = connect(subject, cluster, { endpoints: [DEAD, other.endpoint] })
    await session.identify()
    await cluster.setConnectivity('refused')
    await expectFailure(session.identify(), 'UNAVAILABLE', 'CONNECT')
    await cluster.setConnectivity('open')
    await session.identify()
  })

  it('reads at the next one when the answer of the first is lost', async () => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'dropAnswer', operations: ['GetVolume'], times: 1 })
    const first = await startTcpProxy(cluster.endpoint, 'open')
    const next = await startTcpProxy(cluster.endpoint, 'open')
    const session = connect(subject, cluster, { ...UNCHECKED, endpoints: [first.endpoint, next.endpoint] })
    expect(await session.findVolume('default', 'any')).toBeNull()
    expect([first.taken(), next.taken()]).toEqual([1, 1])
  })

  it.each([
    [500, 'the next one'],
    [502, 'the next one'],
    [503, 'the next one'],
    [429, 'the same one'],
  ])('N2: after a look that was answered with %i it asks %s', async (status, whom) => {
    // Who answers is told by the identity: the node that is sick for a moment has one of its own.
    const [sick, well] = await startTwoClusters(subject)
    sick.faults.set({ kind: 'error', status, times: 1 })
    const caCertificatePem = `${sick.certificatePem}\n${well.certificatePem}`
    const endpoints = [sick.endpoint, well.endpoint]
    const session = connect(subject, well, { endpoints, tls: { mode: 'CA', caCertificatePem } })
    expect(await failureOf(session.identify())).toMatchObject({ outcome: 'UNAVAILABLE' })
    const { uuid: backendId } = whom === 'the next one' ? well : sick
    expect([await session.identify(), await session.identify()]).toMatchObject([{ backendId }, { backendId }])
  })

  it.each(['dropRequest', 'dropAnswer', 'truncateBody'] as const)(
    'never repeats at the next one a change that may have been done, with %s',
    async (kind) => {
      const cluster = await startCluster(subject)
      cluster.faults.set({ kind, operations: ['CreateVolume'], times: 1 })
      const first = await startTcpProxy(cluster.endpoint, 'open')
      const next = await startTcpProxy(cluster.endpoint, 'open')
      const session = connect(subject, cluster, { ...UNCHECKED, endpoints: [first.endpoint, next.endpoint] })
      expect(await failureOf(session.createVolume(volumeSpec()))).toMatchObject({ outcome: 'UNKNOWN' })
      expect([first.taken(), next.taken()]).toEqual([1, 0])
    },
  )

  it('names each of them when none works', async () => {
    const cluster = await startCluster(subject)
    await cluster.setConnectivity('refused')
    const session = connect(subject, cluster, { endpoints: [DEAD, cluster.endpoint] })
    const { message } = await expectFailure(session.createVolume(volumeSpec()), 'UNAVAILABLE', 'CONNECT')
    expect(message).toContain(new URL(DEAD).host)
    expect(message).toContain(new URL(cluster.endpoint).host)
  })

  it('takes no more than the timeout for each of them, however many requests that is', async () => {
    const cluster = await startCluster(subject)
    cluster.faults.set({ kind: 'latency', delayMs: REQUEST_TIMEOUT_MS * 0.8 })
    const session = connect(subject, cluster, { requestTimeoutMs: REQUEST_TIMEOUT_MS })
    await expectFailure(session.identify(), 'UNAVAILABLE', 'TIMEOUT')
  })

  it('opens few connections for many calls', async () => {
    const cluster = await startCluster(subject)
    const proxy = await startTcpProxy(cluster.endpoint, 'open')
    const session = connect(subject, cluster, { endpoints: [proxy.endpoint] })
    await Promise.all(Array.from({ length: 60 }, () => session.findVolume('default', 'any')))
    expect(proxy.taken()).toBeLessThanOrEqual(8)
  })

  it.each([
    [[]],
    [['http://127.0.0.1:80']],
    [['127.0.0.1:443']],
    [['https://a:443/path']],
    [['https://u:p@a:443']],
  ])('refuses endpoints %o without any I/O', async (endpoints) => {
    const cluster = await startCluster(subject)
    const call = async () => connect(subject, cluster, { endpoints })
    await expectFailure(call(), 'REFUSED', 'INVALID_ARGUMENT')
  })
})
