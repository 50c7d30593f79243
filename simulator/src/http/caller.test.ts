import { createHmac, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../simulated-cluster.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../simulated-fleet.ts'
import { ApiClient } from '../testing/api-client.ts'

let fleet: SimulatedFleet
let cluster: SimulatedCluster
let api: ApiClient
let projectToken: string

beforeAll(async () => {
  fleet = await startSimulatedFleet()
  const [first] = fleet.clusters
  if (!first) throw new Error('a fleet without clusters')
  cluster = first
  api = new ApiClient(cluster)
  projectToken = await cluster.issueToken({ scope: 'default', role: 'admin', expiresInSeconds: 60 })
})
afterAll(() => fleet.close())

async function statusOf(path: string, token: string, method = 'GET'): Promise<number> {
  return (await api.call(method, path, { token })).status
}

function tokenWith(part: 'header' | 'payload', changes: object): string {
  const [header = '', payload = '', signature = ''] = cluster.token.split('.')
  const change = (text: string) =>
    Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), ...changes }),
    ).toString('base64url')
  const changed = part === 'header' ? [change(header), payload] : [header, change(payload)]
  return [...changed, signature].join('.')
}

describe('what is not accepted as a token (section 3)', () => {
  it.each([
    ['nothing', () => ''],
    ['no JWT', () => 'secret'],
    ['a changed payload', () => tokenWith('payload', { sub: 'somebody' })],
    ['alg none', () => tokenWith('header', { alg: 'none' })],
    ['an unknown kid', () => tokenWith('header', { kid: 'system:nobody' })],
    [
      'a MAC made with the public key',
      () => {
        const text = tokenWith('header', { alg: 'HS256' }).split('.').slice(0, 2).join('.')
        return `${text}.${createHmac('sha256', cluster.certificatePem).update(text).digest('base64url')}`
      },
    ],
    [
      'an expired one',
      () => cluster.issueToken({ scope: 'system', role: 'cluster-admin', expiresInSeconds: -1 }),
    ],
    ['an unknown role', () => cluster.issueToken({ scope: 'system', role: 'emperor', expiresInSeconds: 60 })],
  ])('%s', async (_title, token) => {
    const answer = await api.call('GET', '/api/v2/cluster', { token: await token() })
    expect(answer.status).toBe(401)
    expect(answer.json()).toMatchObject({ code: 16 })
  })
})

describe('what roles allow', () => {
  it('a project token reads what every client needs and touches its own project only', async () => {
    expect(await statusOf('/api/v2/clusterinfo', projectToken)).toBe(200)
    expect(await statusOf('/api/v2/nodes', projectToken)).toBe(200)
    expect(await statusOf('/api/v2/projects/default/volumes', projectToken)).toBe(200)
    expect(await statusOf('/api/v2/volumes?projectName=default', projectToken)).toBe(200)
    expect(await statusOf('/api/v2/volumes', projectToken)).toBe(403)
    expect(await statusOf('/api/v2/cluster', projectToken)).toBe(403)
    expect(await statusOf('/api/v2/projects', projectToken)).toBe(403)
    expect(await statusOf('/api/v2/projects/default', projectToken)).toBe(200)
    expect(await statusOf('/api/v2/projects/system', projectToken)).toBe(403)
    expect(await statusOf('/api/v2/projects/system/credentials', projectToken)).toBe(403)
  })

  it('does not let a project token reach a volume of another project by its uuid', async () => {
    await api.call('POST', '/api/v2/projects', { body: { name: 'other' } })
    const { uuid } = cluster.createForeignVolume({ name: 'v', projectName: 'other', sizeBytes: 4096n })
    expect(await statusOf(`/api/v2/projects/default/volumes/${uuid}`, projectToken)).toBe(404)
    expect(await statusOf(`/api/v2/volumes/${uuid}`, projectToken)).toBe(403)
    expect(await statusOf(`/api/v2/projects/other/volumes/${uuid}`, projectToken)).toBe(403)
    expect(await statusOf(`/api/v2/volumes/${uuid}`, cluster.token)).toBe(200)
  })

  it('a viewer reads and does not change', async () => {
    const token = await cluster.issueToken({ scope: 'system', role: 'cluster-viewer', expiresInSeconds: 60 })
    expect(await statusOf('/api/v2/cluster', token)).toBe(200)
    expect(await statusOf('/api/v2/projects', token, 'POST')).toBe(403)
  })
})

describe('attach procedure (section 15.4)', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const payload = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64')
  const sign = (scope: string, role = 'system:cluster-admin') =>
    new SignJWT({ roles: [role] })
      .setProtectedHeader({ alg: 'RS256', kid: `${scope}:flotilla` })
      .setSubject('flotilla')
      .setExpirationTime('1m')
      .sign(privateKey)

  it('an uploaded public key makes its tokens valid, and deleting it revokes them', async () => {
    const token = await sign('system')
    expect(await statusOf('/api/v2/cluster', token)).toBe(401)
    const body = { ID: 'flotilla', type: 'RS256PubKey', payload }
    const credentials = '/api/v2/projects/system/credentials'
    const uploaded = await api.call('POST', credentials, { body })
    expect(uploaded.json()).toMatchObject({
      projectName: 'system',
      ID: 'flotilla',
      type: 'RS256PubKey',
      payload,
    })
    expect(await api.call('POST', credentials, { body })).toMatchObject({ status: 409 })
    expect(await statusOf('/api/v2/cluster', token)).toBe(200)
    expect(await statusOf(`${credentials}/flotilla`, cluster.token, 'DELETE')).toBe(200)
    expect(await statusOf('/api/v2/cluster', token)).toBe(401)
  })

  it("a project's key cannot grant system roles", async () => {
    const body = { ID: 'flotilla', type: 1, payload }
    expect((await api.call('POST', '/api/v2/projects/default/credentials', { body })).status).toBe(200)
    expect(await statusOf('/api/v2/cluster', await sign('default'))).toBe(401)
    expect(await statusOf('/api/v2/projects/default/volumes', await sign('default', 'default:admin'))).toBe(
      200,
    )
  })

  it('takes nothing but RSA public keys', async () => {
    const body = { ID: 'bad', type: 'RS256PubKey', payload: Buffer.from('hello').toString('base64') }
    expect(await api.call('POST', '/api/v2/projects/system/credentials', { body })).toMatchObject({
      status: 400,
    })
  })
})
