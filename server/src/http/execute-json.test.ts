import { describe, expect, test } from 'vitest'
import { startTestServer } from '../../test/start-test-server.ts'

type TestServer = Awaited<ReturnType<typeof startTestServer>>

const TYPES = ['application/graphql-response+json', 'application/json', '*/*'] as const

/** The encoding says nothing, but sends the request Yoga's way. */
async function ask(server: TestServer, body: string, accept: string, way: 'short' | 'Yoga') {
  const answer = await server.post({
    headers: {
      authorization: `Bearer ${server.tokens.ADMIN}`,
      'content-type': 'application/json',
      accept,
      ...(way === 'Yoga' && { 'content-encoding': 'identity' }),
    },
    body,
  })
  const type = answer.headers.get('content-type')
  const text = JSON.stringify(answer.body).replaceAll(/"requestId":"[^"]+"/g, '"requestId":"..."')
  return { status: answer.status, type, body: JSON.parse(text) }
}

describe.each(TYPES)('with Accept: %s', (accept) => {
  test.each([
    ['a query', { query: '{ viewer { name } }' }],
    [
      'one of several operations',
      { query: 'query A { viewer { name } } query B { fleet { clusterCount } }', operationName: 'A' },
    ],
    [
      'variables',
      { query: 'query ($first: Int!) { volumes(first: $first) { totalCount } }', variables: { first: 1 } },
    ],
    [
      'a variable of the wrong type',
      { query: 'query ($first: Int!) { volumes(first: $first) { totalCount } }', variables: { first: 'x' } },
    ],
    ['no operation of that name', { query: 'query A { viewer { name } }', operationName: 'B' }],
    ['a mistake in the document', { query: '{ viewer { nme } }' }],
    ['a document that does not parse', { query: '{ viewer {' }],
    ['a wrong id', { query: '{ cluster(id: "x") { id } }' }],
    ['a fault of ours', { query: '{ serviceCredential { keyId } }' }],
    ['no query', { variables: {} }],
    ['variables that are no object', { query: '{ viewer { name } }', variables: [] }],
    ['an unknown key', { query: '{ viewer { name } }', qury: '' }],
    ['a list of operations', [{ query: '{ viewer { name } }' }]],
    ['no JSON', '{'],
    ['nothing', ''],
  ])('%s is answered as by Yoga', async (_name, payload) => {
    const server = await startTestServer()
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const [short, yoga] = [await ask(server, body, accept, 'short'), await ask(server, body, accept, 'Yoga')]
    expect(short).toEqual(yoga)
  })
})

test.each(['application/graphql-response+json', 'application/json'])(
  'a subscription with Accept: %s is answered as by Yoga',
  async (accept) => {
    const server = await startTestServer()
    const body = JSON.stringify({ query: 'subscription { fleetEvents { __typename } }' })
    const short = await ask(server, body, accept, 'short')
    expect(short).toEqual(await ask(server, body, accept, 'Yoga'))
    expect(short.status).toBeGreaterThanOrEqual(400)
  },
)
