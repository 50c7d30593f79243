import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

let fleet: SimulatedFleet
let first: SimulatedCluster

beforeAll(async () => {
  fleet = await startSimulatedFleet({ clusters: 2 })
  first = fleet.clusters[0] as SimulatedCluster
})
afterAll(() => fleet.close())

async function control<T>(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; value: T }> {
  const response = await fetch(`${fleet.controlUrl}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, value: (await response.json()) as T }
}

describe('control port', () => {
  it('explains itself and lists the clusters', async () => {
    expect((await control<{ routes: string[] }>('GET', '/')).value.routes.length).toBeGreaterThan(10)
    const { value } = await control<{ clusters: object[] }>('GET', '/clusters')
    expect(value.clusters).toHaveLength(2)
    expect(value.clusters[0]).toMatchObject({
      name: first.name,
      endpoint: first.endpoint,
      provisionedBytes: '0',
    })
  })

  it('changes volumes behind the API and tells their history', async () => {
    const body = { name: 'foreign', size: '100GiB', replicaCount: 3, writtenShare: 0.5 }
    const path = `/clusters/${first.name}/volumes`
    const created = await control<{ volumes: { uuid: string }[] }>('POST', path, body)
    const uuid = created.value.volumes[0]?.uuid ?? ''
    expect(first.provisionedBytes()).toBe(300n << 30n)
    await control('PATCH', `${path}/${uuid}`, { size: '200GiB', name: 'renamed' })
    expect(first.volumes()).toMatchObject([{ name: 'renamed', sizeBytes: 200n << 30n }])
    await control('DELETE', `${path}/${uuid}`)
    expect(first.volumes()).toEqual([])
    const { value } = await control<{ history: { kind: string; by: string; replicaCount: number }[] }>(
      'GET',
      '/clusters/all/history',
    )
    expect(value.history.map(({ kind }) => kind)).toEqual(['created', 'resized', 'renamed', 'gone'])
    expect(new Set(value.history.map(({ by }) => by))).toEqual(new Set(['outside']))
    expect(new Set(value.history.map(({ replicaCount }) => replicaCount))).toEqual(new Set([3]))
  })

  it('tells what clients of the API changed from what others did', async () => {
    const api = new ApiClient(first)
    const path = '/api/v2/projects/default/volumes'
    const created = await api.call('POST', path, {
      body: { name: 'asked-for', size: '1073741824b', replicaCount: 1, acl: { values: ['ALLOW_NONE'] } },
    })
    const { UUID } = created.json<{ UUID: string }>()
    await control('POST', `/clusters/${first.name}/qos-policies`, { name: 'gold', readIops: 512 })
    await api.call('PUT', `${path}/${UUID}`, {
      body: { UUID, projectName: 'default', labels: [{ key: 'a', value: 'b' }], qosPolicyName: 'gold' },
    })
    const { value } = await control<{ history: { kind: string; by: string; volumeUuid: string }[] }>(
      'GET',
      `/clusters/${first.name}/history`,
    )
    const own = value.history.filter(({ volumeUuid }) => volumeUuid === UUID)
    expect(own.map(({ kind, by }) => `${kind} by ${by}`)).toEqual(['created by client', 'changed by client'])
    const { value: listed } = await control<{ qosPolicies: { uuid: string; name: string }[] }>(
      'GET',
      `/clusters/${first.name}/qos-policies`,
    )
    expect(listed.qosPolicies).toMatchObject([{ cluster: first.name, name: 'gold' }])
    expect(first.volumes()).toMatchObject([{ qosPolicyUuid: listed.qosPolicies[0]?.uuid }])
    await api.call('POST', '/api/v2/projects/default/snapshots', {
      body: { name: 'kept', projectName: 'default', sourceVolumeUUID: UUID },
    })
    expect((await control('GET', `/clusters/${first.name}/snapshots`)).value).toMatchObject({
      snapshots: [{ cluster: first.name, name: 'kept', sourceVolumeUuid: UUID }],
    })
    const [kept] = first.snapshots()
    await api.call('DELETE', `/api/v2/projects/default/snapshots/${kept?.uuid}`)
    expect((await control('GET', `/clusters/${first.name}/snapshot-deletions`)).value).toMatchObject({
      snapshotDeletions: [{ cluster: first.name, by: 'client', snapshotName: 'kept', volumeUuid: UUID }],
    })
    first.deleteVolume(UUID)
  })

  it('sets and clears faults of one cluster or all', async () => {
    await control('PUT', '/clusters/all/faults', { rules: [{ kind: 'error', status: 503 }] })
    for (const cluster of fleet.clusters) {
      expect((await new ApiClient(cluster).call('GET', '/api/v2/cluster')).status).toBe(503)
    }
    await control('DELETE', `/clusters/${first.name}/faults`)
    expect((await new ApiClient(first).call('GET', '/api/v2/cluster')).status).toBe(200)
    await control('DELETE', '/clusters/all/faults')
  })

  it('takes a node down, fills the cluster, and issues tokens', async () => {
    const [node] = first.nodes()
    await control('PUT', `/clusters/${first.name}/nodes/${node?.uuid}`, { state: 'Inactive' })
    await control('PUT', `/clusters/${first.name}/free-space`, { freeBytes: 0 })
    const { value } = await control<{ tokens: string[] }>('POST', `/clusters/${first.name}/tokens`, {})
    const answer = await new ApiClient(first).call('GET', '/api/v2/cluster', { token: value.tokens[0] ?? '' })
    expect(answer.json()).toMatchObject({
      currentMaxReplicas: 2,
      health: { state: 'Warning', numInactiveNodes: 1 },
    })
    expect(first.freePhysicalBytes()).toBe(0n)
  })

  it.each([
    ['an unknown route', 'GET', '/nothing', undefined, 404],
    ['an unknown cluster', 'GET', '/clusters/nobody', undefined, 404],
    ['an unknown volume', 'DELETE', '/clusters/cluster-0001/volumes/none', undefined, 404],
    [
      'a fault of an unknown operation',
      'POST',
      '/clusters/all/faults',
      { kind: 'hang', operations: ['X'] },
      400,
    ],
    ['an unknown fault', 'POST', '/clusters/all/faults', { kind: 'earthquake' }, 400],
    ['a size in decimal units', 'PUT', '/clusters/all/capacity', { effectivePhysicalBytes: '1TB' }, 400],
  ])('refuses %s', async (_title, method, path, body, status) => {
    expect((await control(method, path, body)).status).toBe(status)
  })
})
