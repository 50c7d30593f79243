import { InvalidInputError } from '@flotilla/core/errors'
import { describe, expect, test } from 'vitest'
import { testId } from '../test/sample-records.ts'
import { startTestServer } from '../test/start-test-server.ts'

const CREATE = 'mutation ($input: CreateVolumeInput!) { createVolume(input: $input) { __typename } }'

describe('ids', () => {
  test.each([
    ['{ cluster(id: "nonsense") { id } }', /"nonsense" is not the id of a Cluster.*"cls_0/],
    [
      `{ cluster(id: "${testId('Volume', 1)}") { id } }`,
      /is the id of a Volume, not of a Cluster; allowed: an id of a Cluster like "cls_/,
    ],
    ['{ volume(id: "vol_01939B6C-7B1E-7C3A-9D52-2F6F0C1A4E77") { id } }', /not the id of a Volume/],
    ['{ node(id: "x") { id } }', /"x" is no id of a node; allowed: "fleet" or .*"vol_/],
    [`{ node(id: "${testId('Token', 1)}") { id } }`, /is no id of a node/],
    ['{ volumes(where: {or: [{clusterId: ["x"]}]}) { totalCount } }', /^where\.or\.0\.clusterId\.0: /],
    ['mutation { refreshCluster(input: {id: "x"}) { __typename } }', /^input\.id: /],
  ])('%s is INVALID_ID and says what is allowed', async (query, message) => {
    const server = await startTestServer()
    const { body } = await server.send(query)
    expect(body.errors).toHaveLength(1)
    expect(body.errors[0].message).toMatch(message)
    expect(body.errors[0].extensions).toMatchObject({
      code: 'INVALID_ID',
      retryable: false,
      path: expect.any(String),
      allowed: expect.any(String),
      requestId: expect.any(String),
    })
    expect(server.fleet.asked).toEqual([])
  })
})

describe('sizes', () => {
  test.each(['10 GB', '1.5GiB', '-1', -1, '18446744073709551616', 2 ** 60, 1.5, true, ''])(
    '%j as a variable is BAD_INPUT and names the field',
    async (sizeBytes) => {
      const server = await startTestServer()
      const { status, body } = await server.send(CREATE, {
        input: { idempotencyKey: 'k', name: 'n', sizeBytes },
      })
      expect(status).toBe(400)
      expect(body.errors[0].extensions).toMatchObject({
        code: 'BAD_INPUT',
        path: 'input.sizeBytes',
        allowed: expect.stringContaining('"100GiB"'),
        retryable: false,
      })
    },
  )

  test.each(['"10 GB"', '"1.5GiB"', '-1', '18446744073709551616', '1.5', 'true'])(
    '%s in the document is BAD_INPUT and names the field',
    async (literal) => {
      const server = await startTestServer()
      const { status, body } = await server.send(
        `{ volumes(where: {sizeBytes: {gte: ${literal}}}) { totalCount } }`,
      )
      expect(status).toBe(400)
      expect(body.errors[0].extensions).toMatchObject({
        code: 'BAD_INPUT',
        path: 'gte',
        allowed: expect.stringContaining('"100GiB"'),
      })
    },
  )

  test.each([1, '1', '1 KiB', '7EiB'])('%j is taken', async (gte) => {
    const server = await startTestServer()
    const query = 'query ($gte: Bytes) { volumes(where: {sizeBytes: {gte: $gte}}) { totalCount } }'
    expect((await server.send(query, { gte })).body.errors).toBeUndefined()
  })
})

describe('pages', () => {
  test.each([0, -1, 201, 2_147_483_647])('first: %d is an error, not a clamp', async (first) => {
    const server = await startTestServer()
    const { body } = await server.send(`{ clusters(first: ${first}) { totalCount } }`)
    expect(body.errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      path: 'first',
      allowed: '1 to 200, 50 when absent',
    })
  })

  test('a cursor of another list is BAD_INPUT and names the argument', async () => {
    const server = await startTestServer()
    const refusal = new InvalidInputError([
      { path: ['after'], message: 'is no cursor', allowed: 'an endCursor' },
    ])
    server.fleet.failNext(refusal)
    const { body } = await server.send('{ clusters(after: "x") { totalCount } }')
    expect(body.errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      path: 'after',
      allowed: 'an endCursor',
    })
  })

  test('more than 200 ids at once are an error', async () => {
    const server = await startTestServer()
    const ids = Array.from({ length: 201 }, (_, index) => testId('Volume', index))
    const { body } = await server.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
    expect(body.errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', path: 'ids' })
  })

  test('a filter of many levels is an error', async () => {
    const server = await startTestServer()
    let where: object = { name: { eq: 'x' } }
    for (let depth = 0; depth < 500; depth++) where = { not: where }
    const { body } = await server.send(
      'query ($where: ClusterFilter) { clusters(where: $where) { totalCount } }',
      {
        where,
      },
    )
    expect(body.errors[0].extensions).toMatchObject({
      code: 'BAD_INPUT',
      path: 'where.not.not.not.not.not.not.not.not',
    })
  })
})

describe('documents', () => {
  test.each([
    ['{ clusters', 'a syntax error'],
    ['{ nothing }', 'an unknown field'],
    ['query ($id: ID!) { cluster(id: $id) { id } }', 'a missing variable'],
    ['query A { viewer { name } } query B { viewer { name } }', 'no choice among operations'],
    ['{ clusters(where: {adminState: [SLEEPING]}) { totalCount } }', 'an unknown enum value'],
  ])('%s is BAD_INPUT', async (query) => {
    const server = await startTestServer()
    const { status, body } = await server.send(query)
    expect(status).toBe(400)
    expect(body.errors[0].extensions).toMatchObject({ code: 'BAD_INPUT', retryable: false })
    expect(body.errors[0].extensions.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a caller of the old media type gets status 200 with the same error', async () => {
    const server = await startTestServer()
    const { status, body } = await server.post({
      headers: {
        authorization: 'Bearer flo_viewer_secret',
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ query: '{ nothing }' }),
    })
    expect(status).toBe(200)
    expect(body.errors[0].extensions.code).toBe('BAD_INPUT')
  })

  test('a body that is no JSON is BAD_INPUT', async () => {
    const server = await startTestServer()
    const { status, body } = await server.post({
      headers: {
        authorization: 'Bearer flo_viewer_secret',
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
      },
      body: '{',
    })
    expect(status).toBe(400)
    expect(body.errors[0].extensions.code).toBe('BAD_INPUT')
  })
})

test('what nobody expected is masked, logged, and found again by its requestId', async () => {
  const server = await startTestServer()
  server.fleet.failNext(new Error('password authentication failed for user "flotilla"'))
  const { status, headers, body } = await server.send('{ serviceCredential { keyId } }')
  expect(status).toBe(500)
  expect(JSON.stringify(body)).not.toContain('password')
  const { requestId } = body.errors[0].extensions
  expect(body.errors[0].extensions).toEqual({ code: 'INTERNAL', retryable: true, requestId })
  expect(headers.get('x-request-id')).toBe(requestId)
  const lines = server.logLines.filter((line) => line.requestId === requestId)
  expect(lines.map(({ msg }) => msg)).toEqual(['request failed', 'request'])
  expect(JSON.stringify(lines[0])).toContain('password authentication failed')
})

test('a request leaves one line: who, what, how long, with what result; never the token', async () => {
  const server = await startTestServer()
  await server.send('query Whoami { viewer { name } }', {}, 'VIEWER')
  await expect.poll(() => server.logLines).toHaveLength(1)
  expect(server.logLines[0]).toMatchObject({
    msg: 'request',
    requestId: expect.any(String),
    caller: 'viewer',
    operation: 'Whoami',
    durationMs: expect.any(Number),
    status: 200,
    transport: 'http',
  })
  expect(JSON.stringify(server.logLines)).not.toContain('flo_viewer_secret')
})
