import { ApiClient as ClusterClient } from '@flotilla/simulator/testing/api-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, DELETE_VOLUME } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'

let stack: Stack
let id: string

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

const DETACH = `mutation ($input: DetachClusterInput!) { answer: detachCluster(input: $input) { __typename ... on Error { code message }
  ... on DetachClusterPayload { cluster { detachedAt } operation { id state } } } }`
const UPDATE = `mutation ($input: UpdateClusterInput!) { answer: updateCluster(input: $input) { __typename ... on Error { code message }
  ... on UpdateClusterPayload { cluster { connection } } } }`
const CLUSTER =
  'query ($id: ID!) { cluster(id: $id) { connection connectionError connectionSince endpoints capacity { provisionedBytes observedAt } } }'
const VOLUME =
  'query ($id: ID!) { volume(id: $id) { state name connection { target { volumeUuid } reason } latestOperation { kind state error { code message } } } }'
const ADOPT = `mutation ($input: AdoptVolumesInput!) { answer: adoptVolumes(input: $input) { ... on Error { message }
  ... on AdoptVolumesPayload { results { volume { id name state } refusal { message } } } } }`
const REFRESH = `mutation ($input: RefreshClusterInput!) { answer: refreshCluster(input: $input) {
  ... on Error { code } ... on RefreshClusterPayload { operation { id } } } }`
const REFRESHES = `query ($id: ID!) { operations(where: { clusterId: [$id], kind: [REFRESH_CLUSTER] }) {
  nodes { id state idempotencyKey } } }`
const OPERATION = 'query ($id: ID!) { operation(id: $id) { state error { code } } }'
const START_DRAIN = `mutation ($input: StartDrainInput!) { answer: startDrain(input: $input) { __typename ... on Error { code }
  ... on StartDrainPayload { operation { id } } } }`
const CANCEL_DRAIN = `mutation ($input: CancelDrainInput!) { answer: cancelDrain(input: $input) { ... on Error { code }
  ... on CancelDrainPayload { operation { id state } } } }`
const GIB = 1n << 30n

const mutate = async (document: string, input: object): Promise<Answer> =>
  (await stack.api.ask<{ answer: Answer }>(document, { input })).answer
const clusterNow = async (): Promise<Answer> => (await stack.api.ask<Answer>(CLUSTER, { id })).cluster
const volumeNow = async (volumeId: string): Promise<Answer> =>
  (await stack.api.ask<Answer>(VOLUME, { id: volumeId })).volume
const pollFailures = async (): Promise<number> =>
  (await stack.sql.query('SELECT poll_failures FROM cluster WHERE id = $1', [id])).rows[0].poll_failures
const simulated = (index = 0) => {
  const cluster = stack.fleet.clusters[index]
  if (!cluster) throw new Error(`no simulated cluster ${index}`)
  return cluster
}
const reaches = (connection: string): Promise<Answer> =>
  waitUntil(`the cluster to be ${connection}`, async () => {
    const cluster = await clusterNow()
    return cluster.connection === connection && cluster
  })

const REGISTER = `mutation ($input: RegisterClusterInput!) { answer: registerCluster(input: $input) {
  ... on RegisterClusterPayload { cluster { id } } ... on Error { message } } }`
const accessTo = (index: number) => ({
  endpoints: [simulated(index).endpoint],
  tls: { mode: 'PINNED', certificateSha256: simulated(index).fingerprintSha256 },
})
const register = async (name: string): Promise<string> => {
  const credential = { token: simulated().token }
  const input = { idempotencyKey: name, name, ...accessTo(0), credential }
  return (await mutate(REGISTER, input)).cluster.id
}

let made = 0
async function addVolume(name = `v-${++made}`) {
  const answer = await createVolume(stack.api, {
    idempotencyKey: `${name}-${++made}`,
    name,
    sizeBytes: String(4n * GIB),
  })
  if (!answer.volume) throw new Error(JSON.stringify(answer))
  return answer.volume.id
}

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 2, seed: 31 }, pollIntervalMs: 300, register: false })
  id = await register('first')
  await reaches('CONNECTED')
})

afterAll(() => stack?.close())

test('a refresh under a key is one, however often it is asked for; without a key each is', async () => {
  const input = { id, idempotencyKey: 'look' }
  const [{ operation }, again] = await Promise.all([mutate(REFRESH, input), mutate(REFRESH, input)])
  expect(again).toEqual({ operation })
  const keyless = [await mutate(REFRESH, { id }), await mutate(REFRESH, { id })]
  const refreshes = await waitUntil('the refreshes to be done', async () => {
    const { operations } = await stack.api.ask<Answer>(REFRESHES, { id })
    return operations.nodes.every(({ state }: Answer) => state === 'SUCCEEDED') && operations.nodes
  })
  expect(refreshes).toEqual([
    ...keyless.toReversed().map((each) => ({ ...each.operation, state: 'SUCCEEDED', idempotencyKey: null })),
    { ...operation, state: 'SUCCEEDED', idempotencyKey: 'look' },
  ])
  expect(await mutate(REFRESH, input)).toEqual({ operation })
  const other = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
  expect(await mutate(REFRESH, { ...input, id: other })).toEqual({ code: 'IDEMPOTENCY_CONFLICT' })
})

test('another token is tried at once; a wrong one is UNAUTHORIZED, keeps the figures, and the right one leads back', async () => {
  const volumeId = await addVolume()
  await waitUntil('the volume to be there', async () => (await volumeNow(volumeId)).state === 'AVAILABLE')
  const before = await clusterNow()
  expect(await mutate(UPDATE, { id, credential: { token: 'wrong' } })).toMatchObject({
    cluster: { connection: 'PENDING' },
  })
  const wrong = await reaches('UNAUTHORIZED')
  expect(wrong.connectionError).toMatch(/\w/)
  expect(wrong.capacity.provisionedBytes).not.toBeNull()
  const stranded = await createVolume(stack.api, {
    idempotencyKey: 'stranded',
    name: 'stranded',
    sizeBytes: '4GiB',
  })
  expect(stranded.decision?.verdicts[0]?.rejection?.reason).toBe('NOT_CONNECTED')

  // Work that is asked for meanwhile waits for the way back.
  await stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: 'later', id: volumeId } })
  expect((await volumeNow(volumeId)).state).toBe('DELETING')
  await mutate(UPDATE, { id, credential: { token: simulated().token } })
  const healed = await reaches('CONNECTED')
  expect(healed.connectionError).toBeNull()
  expect(Date.parse(healed.capacity.observedAt)).toBeGreaterThan(Date.parse(before.capacity.observedAt))
  await waitUntil('the volume to be gone', async () => (await volumeNow(volumeId)).state === 'DELETED')
})

test('a token gives way to our own key without detaching', async () => {
  const { serviceCredential } = await stack.api.ask<Answer>('{ serviceCredential { keyId publicKeyPem } }')
  await mutate(UPDATE, { id, credential: { keyPair: true } })
  await reaches('UNAUTHORIZED')
  const imported = await new ClusterClient(simulated()).call('POST', '/api/v2/projects/system/credentials', {
    body: {
      projectName: 'system',
      ID: serviceCredential.keyId,
      type: 'RS256PubKey',
      payload: Buffer.from(serviceCredential.publicKeyPem).toString('base64'),
    },
  })
  expect(imported.status).toBe(200)
  await reaches('CONNECTED')
  await mutate(UPDATE, { id, credential: { token: simulated().token } })
  await reaches('CONNECTED')
})

test('N7: endpoints that lead to another cluster have it quarantined and never used, and the right ones lead back', async () => {
  const foreign = simulated(1)
  const volumeId = await addVolume()
  await waitUntil('the volume to be reached', async () => (await volumeNow(volumeId)).connection.target)
  await mutate(UPDATE, { id, ...accessTo(1), credential: { token: foreign.token } })
  const wrong = await waitUntil('the other cluster to be noticed', async () => {
    const cluster = await clusterNow()
    return cluster.connection !== 'PENDING' && cluster
  })
  expect(wrong.connection).toBe('QUARANTINED')
  expect(wrong.connectionError).toContain(foreign.uuid)
  expect((await volumeNow(volumeId)).connection).toEqual({
    target: null,
    reason: 'cluster "first" answers as another one',
  })
  const failures = await pollFailures()
  await waitUntil('two more polls', async () => (await pollFailures()) >= failures + 2)
  expect(await clusterNow()).toMatchObject({
    connection: 'QUARANTINED',
    connectionSince: wrong.connectionSince,
  })
  const { operation } = await mutate(REFRESH, { id })
  const refreshed = await waitUntil('the refresh to end', async () => {
    const { operation: now } = await stack.api.ask<Answer>(OPERATION, { id: operation.id })
    return now.state !== 'PENDING' && now
  })
  expect(refreshed).toEqual({ state: 'FAILED', error: { code: 'IDENTITY_CHANGED' } })
  const answer = await createVolume(stack.api, {
    idempotencyKey: 'not-there',
    name: 'not-there',
    sizeBytes: '4GiB',
  })
  expect(answer.__typename).toBe('NoFeasibleClusterError')
  expect(foreign.volumes()).toEqual([])
  await mutate(UPDATE, { id, ...accessTo(0), credential: { token: simulated().token } })
  expect(await reaches('CONNECTED')).toMatchObject({ connectionError: null })
  expect((await volumeNow(volumeId)).connection.reason).toBeNull()
  await stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: 'led-back', id: volumeId } })
  await waitUntil('the volume to be gone', async () => (await volumeNow(volumeId)).state === 'DELETED')
})

test('a cluster with volumes is let go only when they are released; it keeps them, and may come back', async () => {
  const kept = await addVolume('kept')
  await waitUntil('the volume to be there', async () => (await volumeNow(kept)).state === 'AVAILABLE')
  simulated().faults.set({ kind: 'error', status: 503, operations: ['CreateVolume'] })
  const waiting = await addVolume('waiting')
  const detach = { idempotencyKey: 'detach', id }
  expect(await mutate(DETACH, detach)).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('2 volumes'),
  })
  const names = simulated()
    .volumes()
    .map(({ name }) => name)
  const release = { ...detach, idempotencyKey: 'release', releaseVolumes: true }
  const detached = await mutate(DETACH, release)
  expect(detached).toMatchObject({ operation: { state: 'SUCCEEDED' } })
  expect((await mutate(DETACH, release)).operation.id).toBe(detached.operation.id)
  simulated().faults.clear()

  expect((await volumeNow(kept)).state).toBe('RELEASED')
  expect(await volumeNow(waiting)).toMatchObject({
    state: 'RELEASED',
    latestOperation: {
      state: 'CANCELLED',
      error: { code: 'RELEASED', message: expect.stringContaining('detached') },
    },
  })
  expect(await stack.api.ask('{ volumes { totalCount } fleet { volumeCount } }')).toEqual({
    volumes: { totalCount: 0 },
    fleet: { volumeCount: 0 },
  })
  const { deleteVolume } = await stack.api.ask<Answer>(DELETE_VOLUME, {
    input: { idempotencyKey: 'no', id: kept },
  })
  expect(deleteVolume).toMatchObject({ code: 'INVALID_STATE' })

  id = await register('second')
  await reaches('CONNECTED')
  const again = await addVolume('kept')
  await waitUntil('the new one to be there', async () => (await volumeNow(again)).state === 'AVAILABLE')
  expect(names).toContain(`flo-${kept.slice(4)}`)
  expect(
    simulated()
      .volumes()
      .map(({ name }) => name),
  ).toEqual(expect.arrayContaining(names))
  const { rows } = await stack.sql.query(
    'SELECT provisioned_bytes - $1::bigint AS other FROM cluster_capacity',
    [simulated().provisionedBytes()],
  )
  expect(rows).toHaveLength(1)

  const found = await waitUntil('what was released to be found as foreign', async () => {
    const { findings } = await stack.api.ask<Answer>(
      `query ($name: String!) { findings(where: {kind: [FOREIGN], name: {eq: $name}}) { nodes { id } } }`,
      { name: `flo-${kept.slice(4)}` },
    )
    return findings.nodes[0]
  })
  const adopted = await mutate(ADOPT, {
    idempotencyKey: 'adopt',
    items: [{ findingId: found.id, name: 'kept-before' }],
  })
  expect(adopted.results).toMatchObject([
    { volume: { name: 'kept-before', state: 'AVAILABLE' }, refusal: null },
  ])
})

test('a drain and its cancellation are answered again when their cluster has left', async () => {
  const start = { idempotencyKey: 'leaves', clusterId: id, force: true }
  const cancel = { idempotencyKey: 'stays', clusterId: id }
  const { operation } = await mutate(START_DRAIN, start)
  const cancelled = { operation: { id: operation.id, state: 'CANCELLED' } }
  expect(await mutate(CANCEL_DRAIN, cancel)).toMatchObject(cancelled)
  const left = await mutate(DETACH, { idempotencyKey: 'leave', id, releaseVolumes: true })
  expect(left.__typename).toBe('DetachClusterPayload')
  expect(await mutate(START_DRAIN, start)).toMatchObject({ operation: { id: operation.id } })
  expect(await mutate(START_DRAIN, { ...start, force: false })).toMatchObject({
    __typename: 'IdempotencyConflictError',
  })
  expect(await mutate(START_DRAIN, { ...start, idempotencyKey: 'late' })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await mutate(CANCEL_DRAIN, cancel)).toMatchObject(cancelled)
})
