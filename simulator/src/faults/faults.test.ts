import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

const VOLUMES = '/api/v2/projects/default/volumes'
let fleet: SimulatedFleet
let cluster: SimulatedCluster
let api: ApiClient

beforeAll(async () => {
  fleet = await startSimulatedFleet({ seed: 7 })
  cluster = fleet.clusters[0] as SimulatedCluster
  api = new ApiClient(cluster)
})
afterAll(() => fleet.close())
beforeEach(() => cluster.faults.clear())

function create(name: string) {
  const body = { name, size: '4 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] } }
  return api.call('POST', VOLUMES, { body })
}

function hasVolume(name: string): boolean {
  return cluster.volumes().some((volume) => volume.name === name)
}

describe('single requests', () => {
  it('C5: the answer is lost after the work was done', async () => {
    cluster.faults.set({ kind: 'dropAnswer', operations: ['CreateVolume'], times: 1 })
    await expect(create('lost-answer')).rejects.toThrow()
    expect(hasVolume('lost-answer')).toBe(true)
    expect((await create('lost-answer')).status).toBe(409)
    expect(cluster.faults.list()).toEqual([])
  })

  it('C6: the request is lost before the work', async () => {
    cluster.faults.set({ kind: 'dropRequest', operations: ['CreateVolume'], times: 1 })
    await expect(create('lost-request')).rejects.toThrow()
    expect(hasVolume('lost-request')).toBe(false)
    expect((await create('lost-request')).status).toBe(200)
  })

  it('the request is carried out when nobody waits for it any more', async () => {
    cluster.faults.set({ kind: 'holdBack', operations: ['CreateVolume'], times: 1 })
    await expect(create('held-back')).rejects.toThrow()
    expect(cluster.faults.list()).toEqual([])
    expect(hasVolume('held-back')).toBe(false)
    cluster.faults.clear()
    await vi.waitFor(() => expect(hasVolume('held-back')).toBe(true))
  })

  it('of one volume and no other', async () => {
    const uuidOf = async (name: string) => ((await create(name)).json() as { UUID: string }).UUID
    const [hit, spared] = [await uuidOf('hit'), await uuidOf('spared')]
    cluster.faults.set({ kind: 'error', status: 503, operations: ['GetVolume'], uuid: hit, times: 1 })
    const read = async (uuid: string) => (await api.call('GET', `${VOLUMES}/${uuid}`)).status
    expect(await read(spared)).toBe(200)
    expect([await read(hit), await read(hit)]).toEqual([503, 200])
  })

  it('N2: errors with a status, and Retry-After', async () => {
    cluster.faults.set({ kind: 'error', status: 429, retryAfterSeconds: 7, operations: ['GetCluster'] })
    const answer = await api.call('GET', '/api/v2/cluster')
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
    expect(answer.json()).toMatchObject({ code: 8 })
    expect((await api.call('GET', '/api/v2/nodes')).status).toBe(200)
  })

  it('N1: latency', async () => {
    cluster.faults.set({ kind: 'latency', delayMs: 60 })
    const begin = performance.now()
    expect((await api.call('GET', '/api/v2/version')).status).toBe(200)
    expect(performance.now() - begin).toBeGreaterThan(55)
  })

  it('N1: a body that trickles, yet is whole', async () => {
    cluster.faults.set({ kind: 'slowBody', bytesPerSecond: 100 })
    const begin = performance.now()
    expect((await api.call('GET', '/api/v2/version')).json()).toEqual({ apiVersion: 'v2.0' })
    expect(performance.now() - begin).toBeGreaterThan(150)
  })

  it('N7: JSON that stops in the middle', async () => {
    cluster.faults.set({ kind: 'truncateBody' })
    const answer = await api.call('GET', '/api/v2/cluster')
    expect(answer.status).toBe(200)
    expect(() => answer.json()).toThrow(SyntaxError)
  })

  it('N7: wrong figures and somebody else’s identity', async () => {
    const fields = {
      'statistics.effectivePhysicalStorage': '-5',
      'statistics.logicalStorage': 'NaN',
      UUID: 'other',
    }
    cluster.faults.set({ kind: 'patchBody', operations: ['GetCluster'], fields })
    expect((await api.call('GET', '/api/v2/cluster')).json()).toMatchObject({
      UUID: 'other',
      statistics: { effectivePhysicalStorage: '-5', logicalStorage: 'NaN' },
    })
  })

  it('by chance, and the same for the same seed', async () => {
    const outcomes = async (seed: number) => {
      const twin = await startSimulatedFleet({ seed })
      const [first] = twin.clusters
      if (!first) throw new Error('a fleet without clusters')
      first.faults.set({ kind: 'error', status: 500, probability: 0.5 })
      const client = new ApiClient(first)
      const statuses: number[] = []
      for (let i = 0; i < 20; i++) statuses.push((await client.call('GET', '/api/v2/version')).status)
      await twin.close()
      return statuses
    }
    const statuses = await outcomes(42)
    expect(new Set(statuses)).toEqual(new Set([200, 500]))
    expect(await outcomes(42)).toEqual(statuses)
    expect(await outcomes(43)).not.toEqual(statuses)
  })

  it('are refused when malformed, and then nothing changes', () => {
    cluster.faults.set({ kind: 'hang', operations: ['GetNode'] })
    expect(() => cluster.faults.set({ kind: 'error', status: 200 })).toThrow()
    expect(cluster.faults.list()).toHaveLength(1)
  })
})

describe('the whole cluster', () => {
  it('N3: refuses connections, then comes back on the same port', async () => {
    const { endpoint } = cluster
    await cluster.setConnectivity('refused')
    await expect(api.call('GET', '/api/v2/version')).rejects.toThrow('ECONNREFUSED')
    await cluster.setConnectivity('open')
    expect(cluster.endpoint).toBe(endpoint)
    expect((await api.call('GET', '/api/v2/version')).status).toBe(200)
  })

  it('N3: accepts connections and answers nothing until it is healed', async () => {
    await cluster.setConnectivity('silent')
    const waiting = api.call('GET', '/api/v2/version').catch(() => 'cut')
    const quiet = new Promise((resolve) => setTimeout(resolve, 100, 'no answer'))
    expect(await Promise.race([waiting, quiet])).toBe('no answer')
    await cluster.setConnectivity('open')
    expect(await waiting).toBe('cut')
    expect((await api.call('GET', '/api/v2/version')).status).toBe(200)
  })

  it('N5: shows another certificate, even an expired one', async () => {
    const before = cluster.fingerprintSha256
    await cluster.changeCertificate({ validDays: -1 })
    expect(cluster.fingerprintSha256).not.toBe(before)
    await expect(api.call('GET', '/api/v2/version')).rejects.toThrow()
    const socket = connect({ port: cluster.port, host: '127.0.0.1', ca: cluster.certificatePem })
    const [error] = await once(socket, 'error')
    expect(error.code).toBe('CERT_HAS_EXPIRED')
    await cluster.changeCertificate()
    expect((await new ApiClient(cluster).call('GET', '/api/v2/version')).status).toBe(200)
  })
})
