import { request as httpRequest } from 'node:http'
import { describe, expect, test } from 'vitest'
import { startTestServer, TOKENS } from '../test/start-test-server.ts'

const QUERY = '{ viewer { name role } }'
const JSON_HEADERS = { authorization: `Bearer ${TOKENS.ADMIN}`, 'content-type': 'application/json' }

describe('who may ask', () => {
  test.each([
    undefined,
    'Bearer',
    'Bearer flo_unknown_secret',
    `Basic ${TOKENS.ADMIN}`,
    TOKENS.ADMIN,
    `Bearer ${TOKENS.ADMIN}x`,
  ])('Authorization: %s is 401', async (authorization) => {
    const server = await startTestServer()
    const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) }
    const { status, body } = await server.post({ headers, body: JSON.stringify({ query: QUERY }) })
    expect(status).toBe(401)
    expect(body.data).toBeUndefined()
    expect(body.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
  })

  test('while tokens cannot be checked nobody comes in, and may try again', async () => {
    const server = await startTestServer()
    server.setProblem('connection to 10.1.2.3 refused')
    const { status, body } = await server.send(QUERY)
    expect(status).toBe(503)
    expect(body.errors[0].extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    expect(JSON.stringify(body)).not.toContain('10.1.2.3')
    server.setProblem(null)
    expect((await server.send(QUERY)).status).toBe(200)
  })

  test('introspection needs a token too', async () => {
    const server = await startTestServer()
    const body = JSON.stringify({ query: '{ __schema { queryType { name } } }' })
    const anonymous = await server.post({ headers: { 'content-type': 'application/json' }, body })
    expect(anonymous.status).toBe(401)
    expect((await server.post({ headers: JSON_HEADERS, body })).body.data.__schema.queryType.name).toBe(
      'Query',
    )
  })

  test.each([
    ['rotateServiceKey', '{idempotencyKey: "k"}'],
    ['retireServiceKey', '{idempotencyKey: "k", keyId: "key-0"}'],
  ])('only an ADMIN may %s', async (field, input) => {
    const server = await startTestServer()
    const mutation = `mutation { ${field}(input: ${input}) { __typename } }`
    for (const role of ['VIEWER', 'OPERATOR'] as const) {
      const refused = await server.send(mutation, {}, role)
      expect(refused.status).toBe(403)
      expect(refused.body.errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', retryable: false })
    }
    expect(server.fleet.asked).toEqual([])
    expect((await server.send(mutation, {}, 'ADMIN')).body.data[field].__typename).toMatch(/Payload$/)
  })

  test('a VIEWER reads and changes nothing; an OPERATOR changes', async () => {
    const server = await startTestServer()
    const refresh =
      'mutation { refreshCluster(input: {id: "cls_01939b6c-7b1e-7c3a-9d52-2f6f0c1a4e77"}) { __typename } }'
    expect((await server.send(QUERY, {}, 'VIEWER')).body.data.viewer).toEqual({
      name: 'viewer',
      role: 'VIEWER',
    })
    const refused = await server.send(refresh, {}, 'VIEWER')
    expect(refused.status).toBe(403)
    expect(refused.body.errors[0].extensions).toMatchObject({ code: 'FORBIDDEN', retryable: false })
    expect(server.fleet.asked).toEqual([])
    expect((await server.send(refresh, {}, 'OPERATOR')).body.data.refreshCluster.__typename).toBe(
      'NotFoundError',
    )
  })
})

describe('what stock Yoga lets in (reliability.md, Security)', () => {
  test('no origin is reflected, and credentials are not allowed', async () => {
    const server = await startTestServer()
    const headers = { ...JSON_HEADERS, origin: 'https://evil.example' }
    const answer = await server.post({ headers, body: JSON.stringify({ query: QUERY }) })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
    const preflight = await fetch(`${server.server.url}/graphql`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(405)
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  test.each([
    [
      'application/x-www-form-urlencoded',
      new URLSearchParams({ query: 'mutation { __typename }' }).toString(),
    ],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--',
    ],
    ['text/plain', JSON.stringify({ query: QUERY })],
    ['application/graphql', QUERY],
    ['application/jsonx', JSON.stringify({ query: QUERY })],
  ])('%s is refused (CSRF)', async (type, body) => {
    const server = await startTestServer()
    const { status, body: answer } = await server.post({
      headers: { authorization: JSON_HEADERS.authorization, 'content-type': type },
      body,
    })
    expect(status).toBe(415)
    expect(answer.errors[0].extensions.code).toBe('BAD_INPUT')
  })

  test('a GET needs a header that a foreign page cannot set', async () => {
    const server = await startTestServer()
    const path = `/graphql?query=${encodeURIComponent(QUERY)}`
    const { authorization } = JSON_HEADERS
    expect((await server.get(path, { authorization })).status).toBe(403)
    const allowed = await server.get(path, { authorization, 'apollo-require-preflight': 'true' })
    expect(allowed.body.data.viewer.name).toBe('admin')
  })

  test('a GET changes nothing', async () => {
    const server = await startTestServer()
    const mutation = 'mutation { refreshCluster(input: {id: "x"}) { __typename } }'
    const { status, body } = await server.get(`/graphql?query=${encodeURIComponent(mutation)}`, JSON_HEADERS)
    expect(status).toBe(405)
    expect(body.errors[0].extensions.code).toBe('BAD_INPUT')
    expect(server.fleet.asked).toEqual([])
  })

  test('U2: batches are refused', async () => {
    const server = await startTestServer()
    const { status, body } = await server.post({
      headers: JSON_HEADERS,
      body: JSON.stringify([{ query: QUERY }, { query: QUERY }]),
    })
    expect(status).toBe(400)
    expect(body.errors[0].extensions.code).toBe('BAD_INPUT')
  })

  test('U2: a body above 1 MiB is refused with 413, announced or not', async () => {
    const server = await startTestServer()
    const large = JSON.stringify({ query: QUERY, variables: { filler: 'x'.repeat(2 ** 20) } })
    const announced = await server.post({ headers: JSON_HEADERS, body: large })
    expect(announced.status).toBe(413)
    expect(announced.body.errors[0].extensions.code).toBe('BAD_INPUT')
    expect(await statusOfChunked(server.server.url, large)).toBe(413)
  })

  test.each([
    ['10,000 aliases', `{ ${Array.from({ length: 10_000 }, (_, i) => `a${i}: viewer { name }`).join(' ')} }`],
    ['100 aliases', `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: viewer { name }`).join(' ')} }`],
    ['10,000 equal fields', `{ viewer { ${'name '.repeat(10_000)} } }`],
    ['10,000 directives', `{ viewer { name ${'@a '.repeat(10_000)} } }`],
    ['100 directives', `{ viewer { name ${'@include(if: true) '.repeat(100)} } }`],
    [
      'a depth of 1,000',
      `{ clusters ${'{ nodes { volumes '.repeat(500)} { totalCount } ${'} }'.repeat(500)} }`,
    ],
    [
      'a depth of 20',
      `{ clusters { nodes { volumes { nodes { cluster { volumes { nodes { cluster { volumes { nodes { cluster { volumes { nodes { cluster { name } } } } } } } } } } } } } } }`,
    ],
    ['pages within pages', '{ clusters(first: 200) { nodes { volumes(first: 200) { nodes { name } } } } }'],
    [
      'pages within the same object many times over',
      `{ nodes(ids: [${Array(200).fill('"cls_01939b6c-0000-7000-8000-000000000001"').join(', ')}]) { ... on Cluster { volumes(first: 200) { nodes { name } } } } }`,
    ],
    [
      'the verdicts of many decisions',
      '{ volumes(first: 200) { nodes { placementDecision { verdicts { rank score { decimal } } } } } }',
    ],
  ])('U2: %s are QUERY_TOO_COMPLEX', async (_case, query) => {
    const server = await startTestServer()
    const { status, body } = await server.send(query)
    expect(status).toBe(400)
    expect(body.errors[0].extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', retryable: false })
    expect(body.errors[0].message).not.toMatch(/Syntax Error/)
    expect(server.fleet.asked).toEqual([])
  })

  test('U2: a fragment that contains itself is refused', async () => {
    const server = await startTestServer()
    const { status, body } = await server.send('{ viewer { ...a } } fragment a on Viewer { ...a }')
    expect(status).toBe(400)
    expect(body.errors[0].extensions.code).toBe('BAD_INPUT')
  })

  test('there is no landing page, and GraphiQL is not at the path of the API', async () => {
    const server = await startTestServer()
    expect((await server.get('/graphql', { accept: 'text/html' })).status).toBe(403)
    expect((await server.get('/nowhere', { accept: 'text/html' })).status).toBe(404)
  })
})

test('the whole schema is served to those who may read it', async () => {
  const { getIntrospectionQuery } = await import('graphql')
  const server = await startTestServer()
  const { body } = await server.send(getIntrospectionQuery(), {}, 'VIEWER')
  expect(body.errors).toBeUndefined()
})

/** Sends a body in chunks, without its length. */
function statusOfChunked(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/graphql`, { method: 'POST', headers: JSON_HEADERS }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.write(body)
    request.end()
  })
}
