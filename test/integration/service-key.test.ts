import { ApiClient as ClusterClient } from '@flotilla/simulator/testing/api-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

let stack: Stack
let id: string

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

const REGISTER = `mutation ($input: RegisterClusterInput!) { answer: registerCluster(input: $input) {
  ... on RegisterClusterPayload { cluster { id } } ... on Error { message } } }`
const CREDENTIAL =
  'serviceCredential { keyId publicKeyPem createdAt former { keyId publicKeyPem createdAt neededBy { nodes { name } } } }'
const ROTATE = `mutation ($input: RotateServiceKeyInput!) { answer: rotateServiceKey(input: $input) { __typename
  ... on RotateServiceKeyPayload { ${CREDENTIAL} operation { id kind state } } ... on Error { code message path } } }`
const RETIRE = `mutation ($input: RetireServiceKeyInput!) { answer: retireServiceKey(input: $input) { __typename
  ... on RetireServiceKeyPayload { ${CREDENTIAL} operation { id kind state } } ... on Error { code message path } } }`
const CLUSTER =
  'query ($id: ID!) { cluster(id: $id) { connection connectionError connectionSince capacity { effectiveBytes observedAt } } }'

const LATEST = `query ($id: ID!) { volume(id: $id) {
  latestOperation { state attempts { error { code message } } } } }`

const mutate = async (document: string, input: object): Promise<Answer> =>
  (await stack.api.ask<{ answer: Answer }>(document, { input })).answer
const clusterNow = async (): Promise<Answer> => (await stack.api.ask<Answer>(CLUSTER, { id })).cluster
const credentialNow = async (): Promise<Answer> =>
  (await stack.api.ask<Answer>(`{ ${CREDENTIAL} }`)).serviceCredential
const reaches = (connection: string): Promise<Answer> =>
  waitUntil(`the cluster to be ${connection}`, async () => {
    const cluster = await clusterNow()
    return cluster.connection === connection && cluster
  })

function simulated() {
  const [cluster] = stack.fleet.clusters
  if (!cluster) throw new Error('no simulated cluster')
  return cluster
}

const CREDENTIALS = '/api/v2/projects/system/credentials'

async function importKey(key: { keyId: string; publicKeyPem: string }): Promise<void> {
  const payload = Buffer.from(key.publicKeyPem).toString('base64')
  const body = { projectName: 'system', ID: key.keyId, type: 'RS256PubKey', payload }
  expect((await new ClusterClient(simulated()).call('POST', CREDENTIALS, { body })).status).toBe(200)
}

async function removeKey(keyId: string): Promise<void> {
  const { status } = await new ClusterClient(simulated()).call('DELETE', `${CREDENTIALS}/${keyId}`)
  expect(status).toBe(200)
}

/** The second of them has begun after this was asked for. */
async function twoPollsLater(): Promise<Answer> {
  let seen = (await clusterNow()).capacity.observedAt
  let cluster: Answer
  for (let poll = 0; poll < 2; poll++) {
    cluster = await waitUntil('another poll', async () => {
      const now = await clusterNow()
      return now.capacity.observedAt !== seen && now
    })
    seen = cluster.capacity.observedAt
  }
  return cluster
}

async function proveUsable(name: string): Promise<void> {
  const { volume } = await createVolume(stack.api, {
    idempotencyKey: `create-${name}`,
    name,
    sizeBytes: '4GiB',
  })
  if (!volume) throw new Error('no volume was accepted')
  await waitUntil('the volume to exist on the cluster', () =>
    simulated()
      .volumes()
      .some((each) => each.name === `flo-${volume.id.slice(4)}` && each.state === 'Available'),
  )
}

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 37 }, pollIntervalMs: 300, register: false })
  await importKey(await credentialNow())
  const input = {
    idempotencyKey: 'only',
    name: 'only',
    endpoints: [simulated().endpoint],
    tls: { mode: 'PINNED', certificateSha256: simulated().fingerprintSha256 },
    credential: { keyPair: true },
  }
  id = (await mutate(REGISTER, input)).cluster.id
  await reaches('CONNECTED')
})

afterAll(() => stack?.close())

test('N6: a cluster goes on through a rotation: by the former key, then by the new one alone', async () => {
  const first = await credentialNow()
  expect(first).toMatchObject({ keyId: 'flotilla', former: null })
  const { connectionSince } = await clusterNow()
  const isSteady = { connection: 'CONNECTED', connectionError: null, connectionSince }

  const rotated = await mutate(ROTATE, { idempotencyKey: 'rotate' })
  const { former: _, ...former } = first
  const neededBy = (...names: string[]) => ({ nodes: names.map((name) => ({ name })) })
  expect(rotated).toMatchObject({
    __typename: 'RotateServiceKeyPayload',
    serviceCredential: { keyId: 'flotilla-2', former: { ...former, neededBy: neededBy('only') } },
    operation: { kind: 'ROTATE_SERVICE_KEY', state: 'SUCCEEDED' },
  })
  expect(await mutate(ROTATE, { idempotencyKey: 'rotate' })).toEqual(rotated)
  expect(await mutate(ROTATE, { idempotencyKey: 'again' })).toMatchObject({
    code: 'INVALID_STATE',
    path: ['input'],
    message: expect.stringContaining('retire flotilla first'),
  })
  expect(await twoPollsLater()).toMatchObject(isSteady)
  await proveUsable('before-the-import')
  expect(await mutate(RETIRE, { idempotencyKey: 'needed', keyId: 'flotilla' })).toMatchObject({
    code: 'INVALID_STATE',
    path: ['input', 'keyId'],
    message: expect.stringContaining('not seen to accept flotilla-2 were only;'),
  })

  await importKey(rotated.serviceCredential)
  expect(await twoPollsLater()).toMatchObject(isSteady)
  await removeKey('flotilla')
  expect(await twoPollsLater()).toMatchObject(isSteady)
  await proveUsable('by-the-new-key')
  expect((await credentialNow()).former.neededBy).toEqual(neededBy())

  const retired = await mutate(RETIRE, { idempotencyKey: 'retire', keyId: 'flotilla' })
  expect(retired).toMatchObject({
    __typename: 'RetireServiceKeyPayload',
    serviceCredential: { keyId: 'flotilla-2', former: null },
    operation: { kind: 'RETIRE_SERVICE_KEY', state: 'SUCCEEDED' },
  })
  expect(await mutate(RETIRE, { idempotencyKey: 'retire', keyId: 'flotilla' })).toEqual(retired)
  expect(await mutate(RETIRE, { idempotencyKey: 'twice', keyId: 'flotilla' })).toMatchObject({
    __typename: 'RetireServiceKeyPayload',
  })
  expect(await twoPollsLater()).toMatchObject(isSteady)
  await proveUsable('after-all')
})

test('N6: retiring before the import is UNAUTHORIZED, keeps the figures, and the import leads back', async () => {
  const before = await clusterNow()
  const { serviceCredential } = await mutate(ROTATE, { idempotencyKey: 'too-soon' })
  expect(serviceCredential.keyId).toBe('flotilla-3')
  expect(await mutate(RETIRE, { idempotencyKey: 'newest', keyId: 'flotilla-3' })).toMatchObject({
    code: 'INVALID_STATE',
    path: ['input', 'keyId'],
    message: expect.stringContaining('allowed: flotilla-2'),
  })
  await mutate(RETIRE, { idempotencyKey: 'retire-too-soon', keyId: 'flotilla-2', force: true })
  const locked = await reaches('UNAUTHORIZED')
  expect(locked.connectionError).toMatch(/\w/)
  expect(locked.capacity.effectiveBytes).toBe(before.capacity.effectiveBytes)

  await importKey(serviceCredential)
  const healed = await reaches('CONNECTED')
  expect(healed.connectionError).toBeNull()
  expect(Date.parse(healed.capacity.observedAt)).toBeGreaterThan(Date.parse(locked.capacity.observedAt))
  await proveUsable('healed')
})

test('N6: what is asked of a cluster while keys change is answered, not broken off', async () => {
  await proveUsable('at-rest')
  simulated().faults.set({ kind: 'latency', delayMs: 1_500, operations: ['CreateVolume'], times: 1 })
  const input = { idempotencyKey: 'slow', name: 'slow', sizeBytes: '4GiB' }
  const slow = (await createVolume(stack.api, input)).volume
  await waitUntil('the slow creation to be asked for', () => simulated().faults.list().length === 0)
  await mutate(ROTATE, { idempotencyKey: 'rotate-meanwhile' })
  await proveUsable('meanwhile')
  const operation = await waitUntil('the slow creation to end', async () => {
    const { volume } = await stack.api.ask<Answer>(LATEST, { id: slow?.id })
    return volume.latestOperation.state === 'SUCCEEDED' && volume.latestOperation
  })
  expect(operation.attempts.map(({ error }: Answer) => error)).toEqual(operation.attempts.map(() => null))
})
