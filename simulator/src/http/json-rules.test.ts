import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

const GIB = 1024 ** 3
let fleet: SimulatedFleet
let api: ApiClient

beforeAll(async () => {
  fleet = await startSimulatedFleet()
  api = new ApiClient(clusterOf(fleet))
})
afterAll(() => fleet.close())

function clusterOf({ clusters: [cluster] }: SimulatedFleet) {
  if (!cluster) throw new Error('a fleet without clusters')
  return cluster
}

describe('JSON rules (section 2)', () => {
  it('accepts strings, numbers and nulls on input, and writes 64-bit numbers as strings', async () => {
    const answer = await api.call('POST', '/api/v2/projects/default/volumes', {
      body: {
        name: 'loose',
        size: 4 * GIB,
        replicaCount: '2',
        compression: true,
        sectorSize: '4096',
        acl: { values: ['ALLOW_NONE'] },
        IPAcl: null,
        sourceSnapshotUUID: null,
        labels: null,
        unknownField: 1,
      },
    })
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({
      size: String(4 * GIB),
      replicaCount: 2,
      sectorSize: 4096,
      compression: 'true',
      acl: { values: ['ALLOW_NONE'] },
      IPAcl: { values: ['ALLOW_ANY'] },
    })
  })

  it('leaves zero values out, but never the statistics of a volume', async () => {
    const [volume] = (await api.call('GET', '/api/v2/volumes?name=loose')).json<{ volumes: object[] }>()
      .volumes
    expect(volume).toHaveProperty('statistics.compressionRatio', 2)
    expect(volume).not.toHaveProperty('statistics.userWritten')
    expect(volume).not.toHaveProperty('sourceSnapshotUUID')
    expect(volume).not.toHaveProperty('labels')
  })

  it('writes zero values when told to', async () => {
    const talkative = await startSimulatedFleet({ emitZeros: true })
    const answer = await new ApiClient(clusterOf(talkative)).call('GET', '/api/v2/cluster')
    expect(answer.json()).toMatchObject({
      statistics: { logicalStorage: '0' },
      health: { numInactiveNodes: 0 },
    })
    await talkative.close()
  })

  it.each([
    ['a list', '[]'],
    ['half an object', '{"name": '],
    ['a wrong type', '{"name": {}}'],
  ])('refuses %s as a body', async (_title, body) => {
    const answer = await api.call('POST', '/api/v2/projects/default/volumes', { body })
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({ code: 3, details: [] })
  })

  it('ignores the query of a POST and lets the path win over the body', async () => {
    const body = {
      name: 'path-wins',
      projectName: 'nobody',
      size: '1 gib',
      replicaCount: 1,
      acl: { values: ['a'] },
    }
    const answer = await api.call('POST', '/api/v2/projects/default/volumes?name=other', { body })
    expect(answer.json()).toMatchObject({ name: 'path-wins', projectName: 'default' })
  })
})

describe('routes', () => {
  it('answer plain text to unknown paths and methods', async () => {
    const unknown = await api.call('GET', '/api/v2/nothing')
    expect(unknown).toMatchObject({ status: 404, text: 'Not Found\n' })
    expect(unknown.headers['content-type']).toMatch('text/plain')
    expect(await api.call('PUT', '/api/v2/cluster')).toMatchObject({ status: 405 })
  })

  it('tell a list from a lookup by name by the trailing slash', async () => {
    const list = await api.call('GET', '/api/v2/projects/default/volumes')
    expect(list.json()).toHaveProperty('volumes')
    const one = await api.call('GET', '/api/v2/projects/default/volumes/?name=loose')
    expect(one.json()).toHaveProperty('name', 'loose')
    const none = await api.call('GET', '/api/v2/projects/default/volumes/?name=none')
    expect(none.status).toBe(404)
    expect(none.json()).toMatchObject({ code: 5, error: expect.any(String), message: expect.any(String) })
    const unscoped = await api.call('GET', '/api/v2/volumes/?name=loose&projectName=default')
    expect(unscoped.json()).toHaveProperty('name', 'loose')
  })

  it('report the version without a token', async () => {
    const answer = await api.call('GET', '/api/v2/version', { token: '' })
    expect(answer.json()).toEqual({ apiVersion: 'v2.0' })
  })
})
