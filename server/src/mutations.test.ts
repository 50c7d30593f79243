import {
  IdempotencyConflictError,
  InvalidInputError,
  NameTakenError,
  NoFeasibleClusterError,
  OverloadedError,
  RevisionConflictError,
} from '@flotilla/core/errors'
import { expect, test } from 'vitest'
import { aCluster, aDecision, anOperation, testId } from '../test/sample-records.ts'
import { startTestServer } from '../test/start-test-server.ts'

const REGISTER = `mutation ($input: RegisterClusterInput!) {
  registerCluster(input: $input) {
    __typename
    ... on RegisterClusterPayload { cluster { name } operation { state } }
    ... on Error { code message path }
    ... on InvalidInputError { issues { path message allowed } }
    ... on NameTakenError { takenBy { __typename id } }
  }
}`

const CREATE = `mutation ($input: CreateVolumeInput!) {
  createVolume(input: $input) {
    __typename
    ... on CreateVolumePayload { volume { name sizeBytes } operation { kind } decision { requestedBytes } }
    ... on Error { code message path }
    ... on IdempotencyConflictError { originalOperation { id } }
    ... on NoFeasibleClusterError { decision { id } }
    ... on OverloadedError { retryAfterMs }
  }
}`

const CLUSTER = {
  idempotencyKey: 'k1',
  name: 'berlin-1',
  endpoints: ['https://10.0.0.1:443'],
  tls: { mode: 'SYSTEM' },
  credential: { token: 'secret' },
}
const VOLUME = { idempotencyKey: 'k2', name: 'db', sizeBytes: '100GiB' }

test('registering hands the input on with its defaults and answers with cluster and operation', async () => {
  const server = await startTestServer()
  const { body } = await server.send(REGISTER, { input: CLUSTER })
  expect(body.data.registerCluster).toMatchObject({
    __typename: 'RegisterClusterPayload',
    cluster: { name: 'berlin-1' },
    operation: { state: 'PENDING' },
  })
  expect(server.fleet.asked[0]).toEqual({
    method: 'registerCluster',
    input: { ...CLUSTER, driver: 'lightos', labels: {} },
  })
})

test.each([
  ['neither credential', { credential: {} }, ['input', 'credential']],
  ['both credentials', { credential: { token: 't', keyPair: true } }, ['input', 'credential']],
  ['CA without its certificate', { tls: { mode: 'CA' } }, ['input', 'tls']],
  ['PINNED with a CA', { tls: { mode: 'PINNED', caCertificatePem: 'x' } }, ['input', 'tls']],
  [
    'a label twice',
    {
      labels: [
        { key: 'a', value: '1' },
        { key: 'a', value: '2' },
      ],
    },
    ['input', 'labels', '1', 'key'],
  ],
])('registering with %s is an InvalidInputError that names the field', async (_case, change, path) => {
  const server = await startTestServer()
  const { body } = await server.send(REGISTER, { input: { ...CLUSTER, ...change } })
  expect(body.data.registerCluster).toMatchObject({
    __typename: 'InvalidInputError',
    code: 'INVALID_INPUT',
    issues: [{ path, allowed: expect.any(String) }],
  })
  expect(server.fleet.asked).toEqual([])
})

test('a fingerprint is taken with colons and capitals', async () => {
  const server = await startTestServer()
  await server.send(REGISTER, {
    input: { ...CLUSTER, tls: { mode: 'PINNED', certificateSha256: 'AB:CD' } },
  })
  expect(server.fleet.asked[0]?.input).toMatchObject({ tls: { mode: 'PINNED', certificateSha256: 'abcd' } })
})

test('a taken name shows who has it', async () => {
  const server = await startTestServer()
  const { id } = aCluster(1)
  server.fleet.clusters.set(id, aCluster(1))
  server.fleet.failNext(new NameTakenError('berlin-1 is taken', ['input', 'name'], id))
  const { body } = await server.send(REGISTER, { input: CLUSTER })
  expect(body.data.registerCluster).toEqual({
    __typename: 'NameTakenError',
    code: 'NAME_TAKEN',
    message: 'berlin-1 is taken',
    path: ['input', 'name'],
    takenBy: { __typename: 'Cluster', id },
  })
})

test('a QoS policy of null is none, and not what the policy says', async () => {
  const server = await startTestServer()
  await server.send(CREATE, { input: { ...VOLUME, qosPolicy: null } })
  expect(server.fleet.asked[0]?.input).toMatchObject({ qosPolicy: null })
})

test('a volume is asked for in bytes, and absent choices are left to the policy', async () => {
  const server = await startTestServer()
  const { body } = await server.send(CREATE, { input: { ...VOLUME, replicas: null } })
  expect(body.data.createVolume).toEqual({
    __typename: 'CreateVolumePayload',
    volume: { name: 'db', sizeBytes: '107374182400' },
    operation: { kind: 'CREATE_VOLUME' },
    decision: { requestedBytes: String(2n << 60n) },
  })
  expect(server.fleet.asked[0]?.input).toEqual({
    idempotencyKey: 'k2',
    policy: 'default',
    group: undefined,
    name: 'db',
    project: 'default',
    sizeBytes: 107_374_182_400n,
    replicas: undefined,
    compression: undefined,
    qosPolicy: undefined,
    labels: {},
  })
})

test.each([
  [
    new InvalidInputError([{ path: ['input', 'sizeBytes'], message: 'is 0', allowed: 'more' }]),
    { __typename: 'InvalidInputError', path: ['input', 'sizeBytes'] },
  ],
  [
    new IdempotencyConflictError(testId('Operation', 1)),
    { __typename: 'IdempotencyConflictError', originalOperation: { id: testId('Operation', 1) } },
  ],
  [
    new NoFeasibleClusterError(aDecision(7), 'none of 0 clusters qualifies'),
    { __typename: 'NoFeasibleClusterError', decision: { id: testId('PlacementDecision', 7) } },
  ],
  [new OverloadedError(250), { __typename: 'OverloadedError', retryAfterMs: 250 }],
])('the refusal %s is a member of the result', async (refusal, expected) => {
  const server = await startTestServer()
  const operation = anOperation(1)
  server.fleet.operations.set(operation.id, operation)
  server.fleet.failNext(refusal)
  const { status, body } = await server.send(CREATE, { input: VOLUME })
  expect(status).toBe(200)
  expect(body.data.createVolume).toMatchObject({ ...expected, code: refusal.code, message: refusal.message })
})

test('updating changes what is given and nothing else', async () => {
  const server = await startTestServer()
  const { id } = aCluster(1)
  server.fleet.clusters.set(id, aCluster(1))
  const query = `mutation ($input: UpdateClusterInput!) {
    updateCluster(input: $input) {
      __typename
      ... on UpdateClusterPayload { cluster { id } }
      ... on RevisionConflictError { currentRevision }
    }
  }`
  const input = { id, adminState: 'CORDONED', labels: null }
  expect((await server.send(query, { input })).body.data.updateCluster).toEqual({
    __typename: 'UpdateClusterPayload',
    cluster: { id },
  })
  expect(server.fleet.asked[0]?.input).toEqual({ id, adminState: 'CORDONED' })
  server.fleet.failNext(new RevisionConflictError(1, 4))
  expect((await server.send(query, { input })).body.data.updateCluster).toEqual({
    __typename: 'RevisionConflictError',
    currentRevision: 4,
  })
})

test.each([
  ['detachCluster', 'DetachClusterInput', { idempotencyKey: 'k', id: testId('Cluster', 9) }],
  ['refreshCluster', 'RefreshClusterInput', { id: testId('Cluster', 9) }],
  ['deleteSnapshot', 'DeleteSnapshotInput', { idempotencyKey: 'k', id: testId('Snapshot', 9) }],
  [
    'restoreVolume',
    'RestoreVolumeInput',
    { idempotencyKey: 'k', id: testId('Volume', 9), snapshotId: testId('Snapshot', 9) },
  ],
  ['updateVolume', 'UpdateVolumeInput', { idempotencyKey: 'k', id: testId('Volume', 9), name: 'n' }],
  ['resizeVolume', 'ResizeVolumeInput', { idempotencyKey: 'k', id: testId('Volume', 9), sizeBytes: 1 }],
  ['deleteVolume', 'DeleteVolumeInput', { idempotencyKey: 'k', id: testId('Volume', 9) }],
])('%s of an unknown id is a NotFoundError', async (field, type, input) => {
  const server = await startTestServer()
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ... on NotFoundError { code path } } }`
  const { body } = await server.send(query, { input })
  expect(body.data[field]).toEqual({ code: 'NOT_FOUND', path: ['input', 'id'] })
})
