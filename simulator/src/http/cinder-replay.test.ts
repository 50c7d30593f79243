import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { type ApiAnswer, ApiClient } from '../testing/api-client.ts'

/** The calls of OpenStack's driver in its order and with its quirks; only the polling is faster. */

const PROJECT = '/api/v2/projects/default'
const HOST = 'nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555'
let fleet: SimulatedFleet
let api: ApiClient
let token: string

interface VolumeAnswer {
  readonly UUID: string
  readonly ETag: string
  readonly state: string
  readonly acl: { readonly values: string[] }
  readonly IPAcl: { readonly values: string[] }
}

beforeAll(async () => {
  fleet = await startSimulatedFleet({ delays: { createMs: 20, updateMs: 20, deleteMs: 20 } })
  const cluster = fleet.clusters[0] as SimulatedCluster
  api = new ApiClient(cluster)
  token = await cluster.issueToken({ scope: 'default', role: 'admin', expiresInSeconds: 600 })
})
afterAll(() => fleet.close())

/** Every request carries an empty Expect header; a DELETE's path ends in a bare question mark. */
function send(method: string, path: string, body?: object, etag?: string): Promise<ApiAnswer> {
  return api.call(method, method === 'DELETE' ? `${path}?` : path, {
    token,
    headers: {
      Accept: 'application/json',
      Expect: '',
      ...((method === 'POST' || method === 'PUT') && { 'Content-Type': 'application/json' }),
      ...(etag && { 'If-Match': etag }),
    },
    ...(body && { body }),
  })
}

function byName(name: string): Promise<ApiAnswer> {
  return send('GET', `${PROJECT}/volumes/?name=${name}`)
}

async function createVolume(name: string, sourceSnapshotName: string | null = null): Promise<string> {
  expect((await byName(name)).status).toBe(404)
  const created = await send('POST', `${PROJECT}/volumes`, {
    name,
    size: '4 gib',
    replicaCount: '3',
    compression: 'True',
    acl: { values: ['ALLOW_NONE'] },
    IPAcl: { values: ['ALLOW_NONE'] },
    sourceSnapshotUUID: null,
    sourceSnapshotName,
  })
  expect([200, 201]).toContain(created.status)
  const { UUID } = created.json<VolumeAnswer>()
  await until(`${PROJECT}/volumes/${UUID}`, ['Available', 'Migrating'])
  return UUID
}

async function createSnapshot(name: string, sourceVolumeName: string): Promise<string> {
  expect((await send('GET', `${PROJECT}/snapshots/?Name=${name}`)).status).toBe(404)
  const created = await send('POST', `${PROJECT}/snapshots`, {
    name,
    sourceVolumeUUID: null,
    sourceVolumeName,
  })
  expect(created.status).toBe(200)
  await until(`${PROJECT}/snapshots/?Name=${name}`, ['Available'])
  return created.json<VolumeAnswer>().UUID
}

async function until(path: string, states: readonly string[]): Promise<void> {
  for (;;) {
    const answer = await send('GET', path)
    if (answer.status === 200 && states.includes(answer.json<VolumeAnswer>().state)) return
  }
}

/** A put of both access lists, repeated on every answer but 200, reading the ETag anew each time. */
async function setAccess(name: string, acl: string[], ipAcl: string[]): Promise<void> {
  for (;;) {
    const { UUID, ETag } = (await byName(name)).json<VolumeAnswer>()
    const body = { acl: { values: acl }, IPAcl: { values: ipAcl } }
    if ((await send('PUT', `${PROJECT}/volumes/${UUID}`, body, ETag)).status === 200) break
  }
  await until(`${PROJECT}/volumes/?name=${name}`, ['Available', 'Migrating'])
}

/** A delete repeated until 200, then reads until the volume is going or gone. */
async function deleteVolume(name: string): Promise<void> {
  const found = await byName(name)
  if (found.status === 404) return
  const { UUID } = found.json<VolumeAnswer>()
  while ((await send('DELETE', `${PROJECT}/volumes/${UUID}`)).status !== 200);
  const after = await send('GET', `${PROJECT}/volumes/${UUID}`)
  if (after.status !== 404) expect(after.json<VolumeAnswer>().state).toBe('Deleting')
}

describe("OpenStack's driver", () => {
  it('starts', async () => {
    expect((await send('GET', '/api/v2/clusterinfo')).json()).toMatchObject({
      UUID: expect.any(String),
      subsystemNQN: expect.stringMatching(/^nqn\./),
    })
    const { nodes } = (await send('GET', '/api/v2/nodes')).json<{ nodes: object[] }>()
    expect(nodes).toHaveLength(3)
    expect(nodes[0]).toMatchObject({
      UUID: expect.any(String),
      nvmeEndpoint: expect.stringMatching(/:4420$/),
    })
  })

  it('creates, extends, attaches, detaches and deletes', async () => {
    const name = 'volume-6fb4b8ab-7e5c-4e0f-a4c1-0f4b8e6f6f01'
    const UUID = await createVolume(name)

    const { ETag } = (await byName(name)).json<VolumeAnswer>()
    const extended = await send('PUT', `${PROJECT}/volumes/${UUID}`, { UUID, size: '8 gib' }, ETag)
    expect(extended.status).toBe(200)

    await setAccess(name, [HOST], ['10.0.0.7'])
    const attached = (await byName(name)).json<VolumeAnswer>()
    expect(attached).toMatchObject({ UUID, acl: { values: [HOST] }, IPAcl: { values: ['10.0.0.7'] } })
    expect(attached).toHaveProperty('size', String(8 * 1024 ** 3))

    await setAccess(name, ['ALLOW_NONE'], ['ALLOW_NONE'])
    expect((await byName(name)).json<VolumeAnswer>().acl.values).toEqual(['ALLOW_NONE'])

    await deleteVolume(name)
    expect((await send('DELETE', `${PROJECT}/volumes/${UUID}`)).status).toBeOneOf([200, 404])
    await api.until(`${PROJECT}/volumes/${UUID}`, (answer) => answer.status === 404)
    await deleteVolume(name)
  })

  it('snapshots, restores and clones through an interim snapshot', async () => {
    const source = 'volume-6fb4b8ab-7e5c-4e0f-a4c1-0f4b8e6f6f02'
    await createVolume(source)
    await createSnapshot('snapshot-6fb4b8ab-7e5c-4e0f-a4c1-0f4b8e6f6f03', source)
    await createVolume('volume-restored', 'snapshot-6fb4b8ab-7e5c-4e0f-a4c1-0f4b8e6f6f03')

    const interim = await createSnapshot('for_clone_6fb4b8ab', source)
    await createVolume('volume-cloned', 'for_clone_6fb4b8ab')
    expect((await send('DELETE', `${PROJECT}/snapshots/${interim}`)).status).toBe(200)
    const lingering = await send('GET', `${PROJECT}/snapshots/${interim}`)
    expect(lingering.json<VolumeAnswer>().state).toBe('Deleting')

    await deleteVolume('volume-cloned')
    await api.until(`${PROJECT}/snapshots/${interim}`, (answer) => answer.status === 404)
  })

  it('is told 401 when its token is refused', async () => {
    const answer = await api.call('GET', '/api/v2/clusterinfo', { token: 'wrong', headers: { Expect: '' } })
    expect(answer.status).toBe(401)
  })
})
