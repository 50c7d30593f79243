import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

let fleet: SimulatedFleet
let cluster: SimulatedCluster
let api: ApiClient

beforeAll(async () => {
  fleet = await startSimulatedFleet({ volumesPerCluster: 1 })
  cluster = fleet.clusters[0] as SimulatedCluster
  api = new ApiClient(cluster)
})
afterAll(() => fleet.close())

describe('QoS policies (section 6.7)', () => {
  it('are created, read, bound to a volume, changed and deleted', async () => {
    const limit = { limitIOPS: { readIOPSLimit: 512, writeIOPSLimit: '256' } }
    const created = await api.call('POST', '/api/v2/policies', {
      body: { name: 'gold', qoSRateLimitPolicy: limit },
    })
    expect(created.json()).toMatchObject({
      name: 'gold',
      state: 'Active',
      QoSRateLimitPolicy: {
        policyVisibility: 'Global',
        limitIOPS: { readIOPSLimit: 512, writeIOPSLimit: 256 },
      },
    })
    const { UUID } = created.json<{ UUID: string }>()
    const [volume] = cluster.volumes()
    const path = `/api/v2/projects/default/volumes/${volume?.uuid}`
    expect(await api.call('PUT', path, { body: { qosPolicyName: 'gold' } })).toMatchObject({ status: 200 })
    expect((await api.call('GET', path)).json()).toMatchObject({ qosPolicyUUID: UUID, qosPolicyName: 'gold' })
    for (const [body, left] of [
      [{ labels: [{ key: 'a', value: 'b' }] }, UUID],
      [{ qosPolicyName: '' }, ''],
      [{ qosPolicyUUID: UUID }, UUID],
      [{ qosPolicyUUID: '' }, ''],
      [{ qosPolicyName: 'gold' }, UUID],
    ] as const) {
      expect(await api.call('PUT', path, { body })).toMatchObject({ status: 200 })
      const { qosPolicyUUID = '' } = (await api.call('GET', path)).json<{ qosPolicyUUID?: string }>()
      expect(qosPolicyUUID).toBe(left)
    }
    expect(await api.call('DELETE', `/api/v2/policies/${UUID}`)).toMatchObject({ status: 400 })
    cluster.deleteVolume(volume?.uuid ?? '')
    expect(await api.call('PUT', `/api/v2/policies/${UUID}`, { body: { name: 'best' } })).toMatchObject({
      status: 200,
    })
    expect((await api.call('GET', '/api/v2/policies')).json()).toMatchObject({
      policies: [{ UUID, name: 'best' }],
    })
    expect(await api.call('DELETE', `/api/v2/policies/${UUID}`)).toMatchObject({ status: 200 })
    expect(await api.call('GET', `/api/v2/policies/${UUID}`)).toMatchObject({ status: 404 })
  })

  it.each([
    ['no limit', { name: 'x', qoSRateLimitPolicy: {} }, 400],
    ['IOPS off the step', { name: 'x', qoSRateLimitPolicy: { limitIOPS: { readIOPSLimit: 100 } } }, 400],
    ['no name', { qoSRateLimitPolicy: { limitBw: { readBWLimit: 100 } } }, 400],
  ])('refuse %s', async (_title, body, status) => {
    expect(await api.call('POST', '/api/v2/policies', { body })).toMatchObject({ status })
  })
})

describe('projects', () => {
  it('are listed, created, and deleted only when empty', async () => {
    const names = async () =>
      (await api.call('GET', '/api/v2/projects'))
        .json<{ projects: { name: string }[] }>()
        .projects.map((p) => p.name)
    expect(await names()).toEqual(['default', 'system'])
    const created = await api.call('POST', '/api/v2/projects', { body: { name: 'tenant-a' } })
    expect(created.json()).toMatchObject({ name: 'tenant-a', UUID: expect.any(String) })
    expect(await api.call('POST', '/api/v2/projects', { body: { name: 'tenant-a' } })).toMatchObject({
      status: 409,
    })
    expect(await api.call('POST', '/api/v2/projects', { body: { name: 'Tenant A' } })).toMatchObject({
      status: 400,
    })
    const { uuid } = cluster.createForeignVolume({ name: 'v', projectName: 'tenant-a', sizeBytes: 4096n })
    expect(await api.call('DELETE', '/api/v2/projects/tenant-a')).toMatchObject({ status: 400 })
    cluster.deleteVolume(uuid)
    expect(await api.call('DELETE', '/api/v2/projects/tenant-a')).toMatchObject({ status: 200 })
    expect(await api.call('DELETE', '/api/v2/projects/default')).toMatchObject({ status: 400 })
  })
})

describe('snapshot schedules', () => {
  it('are kept as they were given', async () => {
    const { uuid } = cluster.createForeignVolume({ name: 'scheduled', sizeBytes: 4096n })
    const schedulePolicy = {
      snapshotSchedulePolicy: { dailySchedule: { daysInCycle: 1 } },
      retentionTime: '7200s',
    }
    const policies = '/api/v2/projects/default/resourcePolicies'
    const body = { name: 'daily', resourceUUID: uuid, schedulePolicy }
    const created = await api.call('POST', policies, { body })
    expect(created.json()).toMatchObject({
      name: 'daily',
      resourceName: 'scheduled',
      state: 'Active',
      schedulePolicy,
    })
    const { UUID } = created.json<{ UUID: string }>()
    expect((await api.call('GET', policies)).json()).toMatchObject({ resourcePolicies: [{ UUID }] })
    expect(await api.call('DELETE', `${policies}/${UUID}`)).toMatchObject({ status: 200 })
    expect((await api.call('GET', policies)).text).toBe('{}')
  })
})

describe('events', () => {
  it('tell volume changes in pages', async () => {
    const first = (await api.call('GET', '/api/v2/events?limit=1')).json<{
      events: object[]
      nextToken: string
    }>()
    expect(first.events).toHaveLength(1)
    const second = await api.call('GET', `/api/v2/events?limit=1&nextToken=${first.nextToken}`)
    expect(second.json<{ events: object[] }>().events[0]).not.toEqual(first.events[0])
    const both = await api.call('GET', '/api/v2/events?severity=Info&componentType=Volume')
    expect(both).toMatchObject({ status: 501 })
  })
})
