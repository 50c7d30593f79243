import { randomUUID } from 'node:crypto'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import { ApiClient as ClusterClient } from '@flotilla/simulator/testing/api-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, DELETE_VOLUME } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

/** Looks like any token, and is easily found again where it must not be. */
const CANARY = `canary-${randomUUID()}`

let stack: Stack
/** Everything that any process has said, sampled while it speaks. */
let said = ''

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 6, seed: 17 }, pollIntervalMs: 500, register: false })
})

afterAll(() => stack?.close())
afterEach(listen)

const REGISTER = `mutation Register($input: RegisterClusterInput!) { registerCluster(input: $input) {
  __typename ... on RegisterClusterPayload { cluster { id connection } operation { id state } }
  ... on Error { code message } } }`
const UPDATE = `mutation Update($input: UpdateClusterInput!) { updateCluster(input: $input) {
  __typename ... on UpdateClusterPayload { cluster { id adminState revision } } ... on Error { code message } } }`
const DETACH = `mutation Detach($input: DetachClusterInput!) { detachCluster(input: $input) {
  __typename ... on DetachClusterPayload { operation { state } } ... on Error { code message } } }`
const OPERATION = `query Operation($id: ID!) { operation(id: $id) {
  kind state attemptCount error { code message } target { ... on Cluster { id } } } }`
const CLUSTER = `query Cluster($id: ID!) { cluster(id: $id) {
  name adminState connection connectionError credentialKind backendId version tlsMode endpoints
  capacity { effectiveBytes provisionedBytes observedAt } } }`

interface OperationAnswer {
  readonly state: string
  readonly error: { readonly code: string; readonly message: string } | null
}

interface ClusterAnswer {
  readonly connection: string
  readonly connectionError: string | null
  readonly backendId: string | null
  readonly capacity: { readonly effectiveBytes: string } | null
}

/** Asks as any client does, and keeps the answer for the search for secrets. */
async function ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  const answer = await stack.api.send<Data>(query, variables)
  said += JSON.stringify(answer)
  expect(answer.errors).toBeUndefined()
  return answer.data as Data
}

function listen(): void {
  said += stack.server.output + stack.worker.output
}

function simulated(index: number): SimulatedCluster {
  const cluster = stack.fleet.clusters[index]
  if (!cluster) throw new Error(`no simulated cluster ${index}`)
  return cluster
}

const accessTo = (cluster: SimulatedCluster) => ({
  endpoints: [cluster.endpoint],
  tls: { mode: 'PINNED', certificateSha256: cluster.fingerprintSha256 },
  credential: { token: cluster.token } as Record<string, unknown>,
})

/** Registers under a name and waits for the outcome. */
async function register(name: string, access: object) {
  const { registerCluster } = await ask<{
    registerCluster: {
      __typename: string
      cluster: { id: string; connection: string }
      operation: { id: string }
    }
  }>(REGISTER, { input: { idempotencyKey: `register-${name}`, name, ...access } })
  expect(registerCluster).toMatchObject({
    __typename: 'RegisterClusterPayload',
    cluster: { connection: 'PENDING' },
    operation: { state: 'PENDING' },
  })
  const operation = await waitUntil('the registration to be decided', async () => {
    listen()
    const answer = await ask<{ operation: OperationAnswer }>(OPERATION, { id: registerCluster.operation.id })
    return ['SUCCEEDED', 'FAILED'].includes(answer.operation.state) && answer.operation
  })
  const { id } = registerCluster.cluster
  return { id, operation, cluster: await readCluster(id) }
}

async function readCluster(id: string): Promise<ClusterAnswer> {
  const { cluster } = await ask<{ cluster: ClusterAnswer }>(CLUSTER, { id })
  return cluster
}

async function update(id: string, changes: object): Promise<void> {
  const { updateCluster } = await ask<{ updateCluster: { __typename: string } }>(UPDATE, {
    input: { id, ...changes },
  })
  expect(updateCluster.__typename).toBe('UpdateClusterPayload')
}

async function waitForConnection(id: string, connection: string): Promise<ClusterAnswer> {
  return waitUntil(`the cluster to be ${connection}`, async () => {
    const cluster = await readCluster(id)
    return cluster.connection === connection && cluster
  })
}

async function detach(id: string): Promise<void> {
  expect(await ask(DETACH, { input: { idempotencyKey: `detach-${id}`, id } })).toEqual({
    detachCluster: { __typename: 'DetachClusterPayload', operation: { state: 'SUCCEEDED' } },
  })
  const { clusters } = await ask<{ clusters: { nodes: { id: string }[] } }>('{ clusters { nodes { id } } }')
  expect(clusters.nodes.filter((cluster) => cluster.id === id)).toEqual([])
}

/** The cluster can be used: with nobody else to take it, a volume goes there, and comes to be. */
async function proveUsable(id: string, cluster: SimulatedCluster): Promise<void> {
  const others = await ask<{ clusters: { nodes: { id: string; adminState: string }[] } }>(
    '{ clusters { nodes { id adminState } } }',
  )
  for (const other of others.clusters.nodes) {
    await update(other.id, { adminState: other.id === id ? 'ACTIVE' : 'CORDONED' })
  }
  const key = `on-${id}`
  const answer = await createVolume(stack.api, { idempotencyKey: key, name: key, sizeBytes: '4GiB' })
  expect(answer.decision?.cluster?.id).toBe(id)
  const backendName = `flo-${answer.volume?.id.slice(4)}`
  await waitUntil('the volume to exist on the cluster', () =>
    cluster.volumes().some(({ name, state }) => name === backendName && state === 'Available'),
  )
  await ask(DELETE_VOLUME, { input: { idempotencyKey: `gone-${id}`, id: answer.volume?.id } })
  await waitUntil('the volume to be gone', () => cluster.volumes().every(({ name }) => name !== backendName))
}

describe('a registration that cannot succeed says why', () => {
  it.each([
    {
      row: 'a name that does not resolve',
      access: () => ({ ...accessTo(simulated(0)), endpoints: ['https://storage.invalid:443'] }),
      code: 'DNS',
      connection: 'DISCONNECTED',
    },
    {
      row: 'a port where nobody listens',
      access: () => ({ ...accessTo(simulated(0)), endpoints: ['https://127.0.0.1:1'] }),
      code: 'CONNECT',
      connection: 'DISCONNECTED',
    },
    {
      row: 'another certificate than the pinned one',
      access: () => ({
        ...accessTo(simulated(0)),
        tls: { mode: 'PINNED', certificateSha256: simulated(1).fingerprintSha256 },
      }),
      code: 'TLS',
      connection: 'DISCONNECTED',
    },
    {
      row: 'an authority that did not sign',
      access: () => ({
        ...accessTo(simulated(0)),
        tls: { mode: 'CA', caCertificatePem: simulated(1).certificatePem },
      }),
      code: 'TLS',
      connection: 'DISCONNECTED',
    },
    {
      row: 'a token that the cluster does not accept',
      access: () => ({ ...accessTo(simulated(0)), credential: { token: CANARY } }),
      code: 'UNAUTHORIZED',
      connection: 'UNAUTHORIZED',
    },
  ])('$row: $code', async ({ access, code, connection, row }) => {
    const { id, operation, cluster } = await register(row.replaceAll(' ', '-'), access())
    expect(operation).toMatchObject({
      kind: 'REGISTER_CLUSTER',
      state: 'FAILED',
      error: { code, message: expect.stringMatching(/\w/) },
      target: { id },
    })
    expect(cluster).toMatchObject({
      connection,
      connectionError: operation.error?.message,
      backendId: null,
      capacity: null,
    })
    await detach(id)
  })

  it('a fault of the cluster, which repeats our token in its message', async () => {
    const { token } = simulated(0)
    simulated(0).faults.set({ kind: 'error', status: 500, message: `cannot check ${token}` })
    const { id, operation } = await register('talkative', accessTo(simulated(0)))
    simulated(0).faults.clear()
    await detach(id)
    expect(operation).toMatchObject({ state: 'FAILED', error: { code: 'SERVER_ERROR' } })
    expect(operation.error?.message).toContain('cannot check')
    expect(operation.error?.message).not.toContain(token)
  })

  it('a version that we do not speak: UNSUPPORTED_VERSION', async () => {
    simulated(0).faults.set({
      kind: 'patchBody',
      operations: ['GetVersion'],
      fields: { apiVersion: 'v9.0' },
    })
    const { id, operation, cluster } = await register('too-new', accessTo(simulated(0)))
    simulated(0).faults.clear()
    await detach(id)
    expect(operation).toMatchObject({
      state: 'FAILED',
      error: { code: 'UNSUPPORTED_VERSION', message: expect.stringContaining('v9.0') },
    })
    expect(cluster).toMatchObject({ capacity: null })
  })

  it('a cluster that is in the fleet already: DUPLICATE_CLUSTER, and it gets no volumes', async () => {
    const first = await register('original', accessTo(simulated(1)))
    expect(first.operation).toMatchObject({ state: 'SUCCEEDED', error: null })
    const second = await register('copy', accessTo(simulated(1)))
    expect(second.operation).toMatchObject({
      state: 'FAILED',
      error: { code: 'DUPLICATE_CLUSTER', message: expect.stringContaining('"original"') },
    })
    expect(second.cluster).toMatchObject({
      connection: 'QUARANTINED',
      connectionError: expect.stringContaining('original'),
      capacity: null,
    })
    const answer = await createVolume(stack.api, {
      idempotencyKey: 'no-copy',
      name: 'no-copy',
      sizeBytes: '4GiB',
    })
    expect(answer.volume?.cluster.name).toBe('original')
    expect(answer.decision?.verdicts.find(({ clusterName }) => clusterName === 'copy')).toMatchObject({
      rank: null,
      rejection: { reason: 'NOT_CONNECTED' },
    })
    await ask(DELETE_VOLUME, { input: { idempotencyKey: 'no-copy-gone', id: answer.volume?.id } })
    await waitForVolumesGone()
    await detach(second.id)
    await detach(first.id)
  })
})

describe('a registration that succeeds', () => {
  it('pins the identity, tells what the cluster is, and takes volumes at once', async () => {
    const { id, operation, cluster } = await register('good', accessTo(simulated(2)))
    expect(operation).toMatchObject({ state: 'SUCCEEDED', attemptCount: 1, error: null })
    expect(cluster).toMatchObject({
      connection: 'CONNECTED',
      connectionError: null,
      credentialKind: 'TOKEN',
      tlsMode: 'PINNED',
      endpoints: [simulated(2).endpoint],
      backendId: simulated(2).uuid,
      version: expect.stringMatching(/\d/),
      capacity: { effectiveBytes: String(simulated(2).effectivePhysicalBytes) },
    })
    await proveUsable(id, simulated(2))
  })

  it('N6: a wrong token is healed by the right one', async () => {
    const access = { ...accessTo(simulated(3)), credential: { token: CANARY } }
    const { id, operation } = await register('healed', access)
    expect(operation.state).toBe('FAILED')
    await update(id, { credential: { token: simulated(3).token } })
    expect(await waitForConnection(id, 'CONNECTED')).toMatchObject({
      connectionError: null,
      backendId: simulated(3).uuid,
    })
    await proveUsable(id, simulated(3))
  })

  it('our own key is refused until it is imported, and then it is all that is needed', async () => {
    const { serviceCredential } = await ask<{ serviceCredential: { keyId: string; publicKeyPem: string } }>(
      '{ serviceCredential { keyId publicKeyPem } }',
    )
    const access = { ...accessTo(simulated(4)), credential: { keyPair: true } }
    const { id, cluster } = await register('key-pair', access)
    expect(cluster).toMatchObject({ connection: 'UNAUTHORIZED', credentialKind: 'KEY_PAIR' })

    const imported = await new ClusterClient(simulated(4)).call(
      'POST',
      '/api/v2/projects/system/credentials',
      {
        body: {
          projectName: 'system',
          ID: serviceCredential.keyId,
          type: 'RS256PubKey',
          payload: Buffer.from(serviceCredential.publicKeyPem).toString('base64'),
        },
      },
    )
    expect(imported.status).toBe(200)
    await waitForConnection(id, 'CONNECTED')
    await proveUsable(id, simulated(4))
  })

  it('a cluster that is let go is not touched, and may come back', async () => {
    const cluster = simulated(5)
    cluster.createForeignVolume({ name: 'not-ours', sizeBytes: 1n << 30n, replicaCount: 1 })
    const { id } = await register('guest', accessTo(cluster))
    await proveUsable(id, cluster)
    await waitForVolumesGone()
    await detach(id)
    const { rows } = await stack.sql.query('SELECT credential_sealed FROM cluster WHERE id = $1', [id])
    expect(rows).toEqual([{ credential_sealed: null }])
    expect(cluster.volumes().map(({ name }) => name)).toEqual(['not-ours'])

    const { operation } = await register('guest-again', accessTo(cluster))
    expect(operation.state).toBe('SUCCEEDED')
    expect(await ask('{ clusters(where: { name: { startsWith: "guest" } }) { nodes { name } } }')).toEqual({
      clusters: { nodes: [{ name: 'guest-again' }] },
    })
  })
})

it('no credential is in an answer, a log line or the database', async () => {
  await waitForVolumesGone()
  const secrets = [CANARY, ...stack.fleet.clusters.map(({ token }) => token), 'PRIVATE KEY']
  const places = { 'answers and logs': said, database: await dumpDatabase() }
  expect(places['answers and logs']).toContain('poll failed')
  expect(places.database).toContain('REGISTER_CLUSTER')
  for (const [place, text] of Object.entries(places)) {
    for (const secret of secrets) {
      const forms = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')]
      expect(
        forms.filter((form) => text.includes(form)),
        `in ${place}`,
      ).toEqual([])
    }
  }
})

async function waitForVolumesGone(): Promise<void> {
  await waitUntil('our volumes to be deleted', async () => {
    const { rows } = await stack.sql.query(`SELECT 1 FROM volume WHERE state <> 'DELETED'`)
    return rows.length === 0
  })
}

/** Every row of every table as text, the queues' tables included. */
async function dumpDatabase(): Promise<string> {
  const { rows: tables } = await stack.sql.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const dumps = await Promise.all(
    tables.map(({ name }) => stack.sql.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)),
  )
  return dumps.flatMap(({ rows }) => rows.map(({ row }) => row)).join('\n')
}
