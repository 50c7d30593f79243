import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

const VOLUMES = '/api/v2/projects/default/volumes'
let fleet: SimulatedFleet
let cluster: SimulatedCluster
let api: ApiClient

interface VolumeAnswer {
  readonly UUID: string
  readonly ETag: string
  readonly name: string
  readonly state: string
}

beforeAll(async () => {
  fleet = await startSimulatedFleet({
    volumesPerCluster: 2500,
    capacity: { kind: 'list', bytes: [1n << 50n] },
  })
  const [first] = fleet.clusters
  if (!first) throw new Error('a fleet without clusters')
  cluster = first
  api = new ApiClient(cluster)
})
afterAll(() => fleet.close())

async function create(name: string, given: object = {}): Promise<VolumeAnswer> {
  const body = { name, size: '4 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] }, ...given }
  const answer = await api.call('POST', VOLUMES, { body })
  expect(answer.status).toBe(200)
  return answer.json()
}

async function listNames(query: string): Promise<string[]> {
  const answer = await api.call('GET', `/api/v2/volumes?${query}`)
  return answer.json<{ volumes?: VolumeAnswer[] }>().volumes?.map(({ name }) => name) ?? []
}

describe('listing', () => {
  it('pages in a stable order by uuid, 1000 at most', async () => {
    const seen: string[] = []
    const sizes: number[] = []
    for (let offset = ''; ; offset = seen.at(-1) ?? '') {
      const answer = await api.call('GET', `/api/v2/volumes?offsetUUID=${offset}`)
      const page = answer.json<{ volumes?: VolumeAnswer[] }>().volumes ?? []
      sizes.push(page.length)
      seen.push(...page.map(({ UUID }) => UUID))
      if (page.length < 1000) break
    }
    expect(sizes).toEqual([1000, 1000, 500])
    expect(seen).toEqual([...new Set(seen)].sort())
    expect((await api.call('GET', '/api/v2/volumes?limit=1001')).status).toBe(400)
    expect(await listNames('limit=3')).toHaveLength(3)
  })

  it('goes on after an offset that was deleted meanwhile', async () => {
    const [first, second] = cluster.volumes()
    cluster.deleteVolume(first?.uuid ?? '')
    const answer = await api.call('GET', `/api/v2/volumes?limit=1&offsetUUID=${first?.uuid}`)
    expect(answer.json()).toMatchObject({ volumes: [{ UUID: second?.uuid }] })
  })

  it('filters by uuid, name, project and source snapshot', async () => {
    const source = await create('source')
    const snapshot = await api.call('POST', '/api/v2/projects/default/snapshots', {
      body: { name: 'of-source', sourceVolumeUUID: source.UUID },
    })
    const snapshotUUID = snapshot.json<VolumeAnswer>().UUID
    await create('clone', { sourceSnapshotUUID: snapshotUUID })
    expect(await listNames(`UUID=${source.UUID}`)).toEqual(['source'])
    expect(await listNames('name=clone')).toEqual(['clone'])
    expect(await listNames(`snapshotUUID=${snapshotUUID}`)).toEqual(['clone'])
    expect(await listNames('projectName=nobody')).toEqual([])
  })

  it('hides what is being deleted unless showAll is given', async () => {
    const { UUID } = await create('leaving')
    cluster.setDelays({ deleteMs: 3_600_000 })
    expect((await api.call('DELETE', `${VOLUMES}/${UUID}`)).status).toBe(200)
    cluster.setDelays({ deleteMs: 0 })
    expect(await listNames(`UUID=${UUID}`)).toEqual([])
    expect(await listNames(`UUID=${UUID}&showAll=true`)).toEqual(['leaving'])
    expect((await api.call('GET', `${VOLUMES}/${UUID}`)).json()).toHaveProperty('state', 'Deleting')
  })
})

describe('states and statuses', () => {
  it('answer 503 to changes while Creating, then allow them', async () => {
    cluster.setDelays({ createMs: 200 })
    const { UUID, state } = await create('slow')
    cluster.setDelays({ createMs: 0 })
    expect(state).toBe('Creating')
    expect((await api.call('DELETE', `${VOLUMES}/${UUID}`)).json()).toMatchObject({ code: 14 })
    expect(await api.call('PUT', `${VOLUMES}/${UUID}`, { body: { size: '8 gib' } })).toMatchObject({
      status: 503,
    })
    await api.until(`${VOLUMES}/${UUID}`, (answer) => answer.json<VolumeAnswer>().state === 'Available')
    expect(await api.call('DELETE', `${VOLUMES}/${UUID}`)).toMatchObject({ status: 200, text: '{}' })
    expect(await api.call('GET', `${VOLUMES}/${UUID}`)).toMatchObject({ status: 404 })
  })

  it('answer 409 to a taken name', async () => {
    await create('taken')
    const body = { name: 'taken', size: '4 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] } }
    const answer = await api.call('POST', VOLUMES, { body })
    expect(answer.status).toBe(409)
    expect(answer.json()).toMatchObject({ code: 6 })
  })

  it('answer 412 to a stale ETag, and update with a fresh one', async () => {
    const { UUID, ETag } = await create('guarded')
    const rename = (newName: string, ifMatch: string) =>
      api.call('PUT', `${VOLUMES}/${UUID}`, { body: { newName }, headers: { 'If-Match': ifMatch } })
    expect(await rename('renamed', ETag)).toMatchObject({ status: 200, text: '{}' })
    const stale = await rename('again', ETag)
    expect(stale.status).toBe(412)
    expect(stale.json()).toMatchObject({ code: 9 })
    expect((await api.call('GET', `${VOLUMES}/${UUID}`)).json()).toHaveProperty('name', 'renamed')
  })

  it('answer 429 without space', async () => {
    cluster.leavePhysicalSpace(0n)
    const body = { name: 'too-much', size: '4 gib', replicaCount: 2, acl: { values: ['ALLOW_NONE'] } }
    const answer = await api.call('POST', VOLUMES, { body })
    expect(answer.status).toBe(429)
    expect(answer.json()).toMatchObject({ code: 8, message: expect.stringContaining('no space') })
    const full = (await api.call('GET', '/api/v2/cluster')).json<{ statistics: object; health: object }>()
    expect(full.statistics).not.toHaveProperty('freePhysicalStorage')
    expect(full.health).toHaveProperty('state', 'Error')
    cluster.setCapacity(cluster.effectivePhysicalBytes * 2n)
  })

  it('change a volume by name through the trailing slash', async () => {
    await create('by-name')
    const body = { name: 'by-name', size: '8589934592' }
    expect((await api.call('PUT', `${VOLUMES}/`, { body })).status).toBe(200)
    const answer = await api.call('GET', `${VOLUMES}/?name=by-name`)
    expect(answer.json()).toHaveProperty('size', '8589934592')
    expect((await api.call('DELETE', '/api/v2/volumes/?name=by-name&projectName=default')).status).toBe(200)
  })
})
