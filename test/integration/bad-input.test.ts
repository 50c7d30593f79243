import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mutationOf, readWritten, refusalsOf } from '../testkit/refusals.ts'
import { type Says, saying } from '../testkit/saying.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { createVolume, DELETE_VOLUME, waitForRest } from '../testkit/volumes.ts'

const NOBODY = '01939b6c-0000-7000-8000-000000000000'

let stack: Stack
/** What the rows speak of; known when the stack is up. */
let known: {
  readonly volumeId: string
  readonly deletedId: string
  readonly clusterId: string
  readonly clusterName: string
  readonly nameCursor: string
}

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 1, seed: 9 } })
  const volume = await createVolume(stack.api, newVolume({ idempotencyKey: 'kept', name: 'kept' }))
  const doomed = await createVolume(stack.api, newVolume({ idempotencyKey: 'doomed', name: 'doomed' }))
  await waitForRest(stack)
  const deletedId = doomed.volume?.id ?? ''
  await stack.api.ask(DELETE_VOLUME, { input: { idempotencyKey: 'doom', id: deletedId } })
  await waitForRest(stack)
  const { clusters, volumes } = await stack.api.ask<{
    clusters: { nodes: { id: string; name: string }[] }
    volumes: { pageInfo: { endCursor: string } }
  }>('{ clusters { nodes { id name } } volumes { pageInfo { endCursor } } }')
  const [cluster] = clusters.nodes
  known = {
    volumeId: volume.volume?.id ?? '',
    deletedId,
    clusterId: cluster?.id ?? '',
    clusterName: cluster?.name ?? '',
    nameCursor: volumes.pageInfo.endCursor,
  }
})

afterAll(() => stack?.close())

type Fields = Record<string, unknown>

const newVolume = (fields: Fields = {}) => ({
  idempotencyKey: 'fresh',
  name: 'fresh',
  sizeBytes: '8GiB',
  ...fields,
})

const newCluster = (fields: Fields = {}) => ({
  idempotencyKey: 'fresh',
  name: 'fresh',
  endpoints: ['https://10.0.0.1:443'],
  tls: { mode: 'SYSTEM' },
  credential: { token: 'a-token' },
  ...fields,
})

interface Row {
  readonly row: string
  readonly query: string
  readonly variables: () => Fields
  readonly code: string
  readonly path: string
  readonly says: Says
}

/** A row of one mutation whose input has one fault. */
const refused = (
  row: string,
  field: string,
  input: () => Fields,
  expected: Pick<Row, 'code' | 'path' | 'says'>,
): Row => ({ row, query: mutationOf(field), variables: () => ({ input: input() }), ...expected })

const badVolume = (row: string, fields: Fields, path: string, says: Says, code = 'INVALID_INPUT') =>
  refused(row, 'createVolume', () => newVolume(fields), { code, path: `input.${path}`, says })

const badCluster = (row: string, fields: Fields, path: string, says: Says) =>
  refused(row, 'registerCluster', () => newCluster(fields), {
    code: 'INVALID_INPUT',
    path: `input.${path}`,
    says,
  })

const SIZES = /4096 bytes \(4KiB\) to 1152921504606846976 bytes \(1EiB\) in steps of 4096/
const BYTES = /whole number.*KiB.*"100GiB"/
const NAMES = /1 to 253 letters, digits, "-", "_" or "\."/
const STORABLE = /well-formed Unicode without the character U\+0000/
const NUL: Says = [/has the character U\+0000/, STORABLE]
const HALF: Says = [/has half of a surrogate pair/, STORABLE]
const ENDPOINTS = /https:\/\/host or https:\/\/host:port/

const noBytes = (row: string, sizeBytes: unknown, message: RegExp) =>
  badVolume(row, { sizeBytes }, 'sizeBytes', [message, BYTES], 'BAD_INPUT')

const CREATIONS: readonly Row[] = [
  badVolume('size 0', { sizeBytes: '0' }, 'sizeBytes', [/^is 0/, SIZES]),
  noBytes('a negative size', '-4096', /"-4096" is no count of bytes/),
  noBytes('a negative number as size', -4096, /-4096 is no count of bytes/),
  noBytes('a size in decimal units', '10 GB', /"10 GB" is no count of bytes/),
  noBytes('a fraction of a unit', '1.5GiB', /"1\.5GiB" is no count of bytes/),
  noBytes('a size of 2^64', `${2n ** 64n}`, /"18446744073709551616" is no count of bytes/),
  badVolume('a size beyond 1 EiB', { sizeBytes: '2EiB' }, 'sizeBytes', [
    /2305843009213693952 is too large/,
    SIZES,
  ]),
  badVolume('a size between two steps', { sizeBytes: '5000' }, 'sizeBytes', [
    /5000 is no multiple of 4096/,
    SIZES,
  ]),
  badVolume('a name of 254 characters', { name: 'n'.repeat(254) }, 'name', [/has 254 characters/, NAMES]),
  badVolume('an empty name', { name: '' }, 'name', [/is empty/, NAMES]),
  badVolume('a name with a slash', { name: 'a/b' }, 'name', [/has the character "\/"/, NAMES]),
  badVolume('a name that is taken', { name: 'kept' }, 'name', [/"kept" already/], 'NAME_TAKEN'),
  badVolume('replicas 0', { replicas: 0 }, 'replicas', [/is 0/, /1, 2 or 3/]),
  badVolume('replicas 4', { replicas: 4 }, 'replicas', [/is 4/, /1, 2 or 3/]),
  badVolume('a project in capitals', { project: 'Finance' }, 'project', [
    /"Finance" is no project name/,
    /lower-case/,
  ]),
  badVolume('NUL in a name', { name: 'a\0' }, 'name', NUL),
  badVolume('NUL in a QoS policy', { qosPolicy: 'a\0' }, 'qosPolicy', NUL),
  badVolume('half of a surrogate pair in a QoS policy', { qosPolicy: '\ud800' }, 'qosPolicy', HALF),
  badVolume('NUL in a policy', { policy: 'default\0' }, 'policy', NUL),
  badVolume('NUL in a label', { labels: [{ key: 'a', value: '\0' }] }, 'labels.0.value', NUL),
  badVolume('an empty key', { idempotencyKey: '' }, 'idempotencyKey', [/is empty/, /1 to 255 visible ASCII/]),
  badVolume(
    'a key that another input has used',
    { idempotencyKey: 'kept', name: 'other' },
    'idempotencyKey',
    [/used by op_.* with another input/],
    'IDEMPOTENCY_CONFLICT',
  ),
]

const REGISTRATIONS: readonly Row[] = [
  badCluster('an endpoint that is no URL', { endpoints: ['storage'] }, 'endpoints.0', [
    /"storage" is no URL/,
    ENDPOINTS,
  ]),
  badCluster('an endpoint without TLS', { endpoints: ['http://10.0.0.1'] }, 'endpoints.0', [
    /has the scheme http:/,
    ENDPOINTS,
  ]),
  badCluster('an endpoint with a path', { endpoints: ['https://10.0.0.1/api'] }, 'endpoints.0', [
    /has a path, a query or a fragment/,
    ENDPOINTS,
  ]),
  badCluster('no endpoint', { endpoints: [] }, 'endpoints', [/has 0 entries/, /1 to 16/]),
  badCluster('an unknown driver', { driver: 'floppy' }, 'driver', [/"floppy" is unknown/, /lightos/]),
  badCluster('no credential', { credential: {} }, 'credential', [
    /neither way is given/,
    /exactly one of token and keyPair/,
  ]),
  badCluster(
    'a fingerprint of the wrong length',
    { tls: { mode: 'PINNED', certificateSha256: 'abc' } },
    'tls.certificateSha256',
    [/is no SHA-256 fingerprint/, /64 hexadecimal digits/],
  ),
  refused('a name that is taken', 'registerCluster', () => newCluster({ name: known.clusterName }), {
    code: 'NAME_TAKEN',
    path: 'input.name',
    says: [/is registered already/],
  }),
]

const KEY = { idempotencyKey: 'fresh' }
const SHRINKING: Says = [/last 4294967296 bytes is lost for good.*ask by updateVolume\(force: true\)/]
const CHANGES: readonly Row[] = [
  refused('to shrink', 'resizeVolume', () => ({ ...KEY, id: known.volumeId, sizeBytes: '4GiB' }), {
    code: 'WOULD_SHRINK',
    path: 'input.sizeBytes',
    says: SHRINKING,
  }),
  refused(
    'to shrink without force',
    'updateVolume',
    () => ({ ...KEY, id: known.volumeId, sizeBytes: '4GiB' }),
    {
      code: 'WOULD_SHRINK',
      path: 'input.sizeBytes',
      says: SHRINKING,
    },
  ),
  refused('to change nothing', 'updateVolume', () => ({ ...KEY, id: known.volumeId, force: true }), {
    code: 'INVALID_INPUT',
    path: 'input',
    says: [/changes nothing/, /at least one of name, labels, compression, qosPolicy, sizeBytes/],
  }),
  refused(
    'to resize to what it is',
    'resizeVolume',
    () => ({ ...KEY, id: known.volumeId, sizeBytes: '8GiB' }),
    {
      code: 'INVALID_INPUT',
      path: 'input.sizeBytes',
      says: [
        /8589934592 is the present size/,
        /more than 8589934592, or less by updateVolume\(force: true\)/,
      ],
    },
  ),
  refused('to delete what is deleted', 'deleteVolume', () => ({ ...KEY, id: known.deletedId }), {
    code: 'NOT_FOUND',
    path: 'input.id',
    says: [/has been deleted/],
  }),
  refused(
    'to delete another revision',
    'deleteVolume',
    () => ({ ...KEY, id: known.volumeId, expectedRevision: 99 }),
    {
      code: 'REVISION_CONFLICT',
      path: 'input.expectedRevision',
      says: [/expected revision 99, but it is \d+ now; read it again/],
    },
  ),
  refused(
    'to cordon another revision',
    'updateCluster',
    () => ({ id: known.clusterId, adminState: 'CORDONED', expectedRevision: 99 }),
    {
      code: 'REVISION_CONFLICT',
      path: 'input.expectedRevision',
      says: [/expected revision 99, but it is 1 now; read it again/],
    },
  ),
  refused('to detach while volumes remain', 'detachCluster', () => ({ ...KEY, id: known.clusterId }), {
    code: 'INVALID_STATE',
    path: 'input.id',
    says: [/1 volumes of ours.*delete them first/],
  }),
]

const question = (
  row: string,
  query: string,
  variables: () => Fields,
  expected: Pick<Row, 'code' | 'path' | 'says'>,
): Row => ({ row, query, variables, ...expected })

const CLUSTER = 'query Row($id: ID!) { cluster(id: $id) { name } }'
const PAGE = `query Row($first: Int, $after: String, $field: VolumeOrderField!) {
  volumes(first: $first, after: $after, orderBy: { field: $field }) { nodes { id } } }`
const nulCursor = () => Buffer.from(`${Buffer.from(known.nameCursor, 'base64url')}\0`).toString('base64url')
const CURSOR: Says = [
  /is no cursor of this list in this order/,
  /an endCursor of an earlier page with the same orderBy/,
]

const QUESTIONS: readonly Row[] = [
  question('a malformed id', CLUSTER, () => ({ id: 'first' }), {
    code: 'INVALID_ID',
    path: 'id',
    says: [/"first" is not the id of a Cluster/, /an id of a Cluster like "cls_/],
  }),
  question('an id of another type', CLUSTER, () => ({ id: known.volumeId }), {
    code: 'INVALID_ID',
    path: 'id',
    says: [/is the id of a Volume, not of a Cluster/, /an id of a Cluster like "cls_/],
  }),
  question('a page of 201', PAGE, () => ({ first: 201, field: 'NAME' }), {
    code: 'BAD_INPUT',
    path: 'first',
    says: [/201 is no page size/, /1 to 200, 50 when absent/],
  }),
  question('a page of 0', PAGE, () => ({ first: 0, field: 'NAME' }), {
    code: 'BAD_INPUT',
    path: 'first',
    says: [/0 is no page size/, /1 to 200, 50 when absent/],
  }),
  question('a cursor of another ordering', PAGE, () => ({ after: known.nameCursor, field: 'SIZE_BYTES' }), {
    code: 'BAD_INPUT',
    path: 'after',
    says: CURSOR,
  }),
  question('a cursor with NUL', PAGE, () => ({ after: nulCursor(), field: 'NAME' }), {
    code: 'BAD_INPUT',
    path: 'after',
    says: CURSOR,
  }),
  question(
    'NUL in the name of a policy',
    'query Row($name: String!) { policy(name: $name) { name } }',
    () => ({ name: 'a\0' }),
    { code: 'BAD_INPUT', path: 'name', says: NUL },
  ),
  question(
    'half of a surrogate pair in a filter',
    'query Row($where: VolumeFilter) { volumes(where: $where) { totalCount } }',
    () => ({ where: { or: [{ name: { contains: 'a' } }, { name: { contains: '\udc00' } }] } }),
    { code: 'BAD_INPUT', path: 'where.or.1.name.contains', says: HALF },
  ),
  question('NUL written out in the document', '{ policy(name: "a\\u0000") { name } }', () => ({}), {
    code: 'BAD_INPUT',
    path: 'name',
    says: NUL,
  }),
  question('a cursor that is none', PAGE, () => ({ after: 'page-two', field: 'NAME' }), {
    code: 'BAD_INPUT',
    path: 'after',
    says: CURSOR,
  }),
]

describe.each([
  { asked: 'createVolume with', rows: CREATIONS },
  { asked: 'registerCluster with', rows: REGISTRATIONS },
  { asked: 'a change', rows: CHANGES },
  { asked: 'a query with', rows: QUESTIONS },
])('$asked', ({ rows }) => {
  it.each(rows)('$row is $code at $path', async ({ query, variables, code, path, says }) => {
    const before = await readWritten(stack)
    expect(refusalsOf(await stack.api.send(query, variables()))).toEqual([{ code, path, ...saying(says) }])
    expect(await readWritten(stack)).toEqual(before)
  })
})

it('every fault of an input is told, not only the first', async () => {
  const input = newVolume({ name: '', sizeBytes: '5000', replicas: 7 })
  const refusals = refusalsOf(await stack.api.send(mutationOf('createVolume'), { input }))
  expect(refusals.map(({ path }) => path)).toEqual(['input.name', 'input.sizeBytes', 'input.replicas'])
})

it.each(['cluster', 'volume', 'operation', 'placementDecision'])('an unknown %s is null', async (field) => {
  const prefixes: Record<string, string> = { cluster: 'cls', volume: 'vol', operation: 'op' }
  const id = `${prefixes[field] ?? 'dec'}_${NOBODY}`
  expect(await stack.api.send(`query Row($id: ID!) { ${field}(id: $id) { id } }`, { id })).toEqual({
    data: { [field]: null },
  })
})

describe('the same key with the same input, 20 at once and once more, is answered with the one operation', () => {
  it.each([
    {
      field: 'createVolume',
      target: 'volume',
      input: () => newVolume({ idempotencyKey: 'twins', name: 'twins' }),
    },
    {
      field: 'resizeVolume',
      target: 'volume',
      input: () => ({ idempotencyKey: 'grow', id: known.volumeId, sizeBytes: '16GiB' }),
    },
    {
      field: 'registerCluster',
      target: 'cluster',
      input: () => newCluster({ idempotencyKey: 'join', name: 'joined', endpoints: ['https://127.0.0.1:1'] }),
    },
    {
      field: 'deleteVolume',
      target: 'volume',
      input: () => ({ idempotencyKey: 'leave', id: known.volumeId }),
    },
  ])('$field', async ({ field, target, input }) => {
    const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
    const query = `mutation Row($input: ${type}Input!) { ${field}(input: $input) {
      __typename ... on ${type}Payload { operation { id } ${target} { id } } ... on Error { code message } } }`
    const ask = () => stack.api.send(query, { input: input() })
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    await waitForRest(stack)
    answers.push(await ask())
    const [first] = answers
    expect(first).toEqual({
      data: {
        [field]: {
          __typename: `${type}Payload`,
          operation: { id: expect.stringMatching(/^op_/) },
          [target]: { id: expect.any(String) },
        },
      },
    })
    expect(answers).toEqual(answers.map(() => first))
    const { rows } = await stack.sql.query('SELECT count(*) FROM operation WHERE idempotency_key = $1', [
      input().idempotencyKey,
    ])
    expect(rows).toEqual([{ count: 1n }])
  })
})
