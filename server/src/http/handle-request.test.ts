import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startTestServer } from '../../test/start-test-server.ts'

async function buildWebFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-web-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<title>Flotilla</title>')
  await writeFile(join(folder, 'assets', 'app-1234.js'), 'start()')
  return folder
}

test('it lives as long as it answers, and is ready while the database is', async () => {
  const server = await startTestServer()
  expect(await server.get('/livez')).toMatchObject({ status: 200, body: 'ok\n' })
  expect(await server.get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' })
  server.setProblem('the database does not answer')
  expect(await server.get('/livez')).toMatchObject({ status: 200 })
  expect(await server.get('/readyz')).toMatchObject({ status: 503, body: 'the database does not answer\n' })
})

test('the web application needs no token, loads nothing from elsewhere and is framed by nobody', async () => {
  const server = await startTestServer({ webFolder: await buildWebFolder() })
  for (const path of ['/', '/index.html', '/clusters/cls_1?tab=volumes']) {
    const { status, headers, body } = await server.get(path)
    expect([status, body]).toEqual([200, '<title>Flotilla</title>'])
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self'; .*connect-src 'self'; .*frame-ancestors 'none'/,
    )
  }
  const asset = await server.get('/assets/app-1234.js')
  expect(asset.body).toBe('start()')
  expect(asset.headers.get('cache-control')).toContain('immutable')
  expect((await server.get('/assets/gone.js')).status).toBe(404)
})

test('no path leads out of the folder of the web application', async () => {
  const server = await startTestServer({ webFolder: await buildWebFolder() })
  const { body } = await server.get('/..%2f..%2fetc%2fpasswd')
  expect(body).not.toContain('root:')
})

test('without a built web application the start page says where the API is', async () => {
  const server = await startTestServer()
  const { status, body } = await server.get('/')
  expect(status).toBe(404)
  expect(body).toContain('/graphql')
})

test('GraphiQL comes whole from us', async () => {
  const server = await startTestServer()
  const { status, headers, body } = await server.get('/graphiql')
  expect(status).toBe(200)
  expect(headers.get('content-security-policy')).toMatch(/connect-src 'self'/)
  expect(body).toContain('Flotilla GraphiQL')
  expect(body).not.toMatch(/<(script|link|img|iframe)[^>]*\s(src|href)="(https?:)?\/\//)
})

test('a caller who has gone away while its token was looked up is forgotten', async () => {
  const server = await startTestServer({ recheckMs: 5 })
  const { lookUps, logLines } = server
  const { promise, resolve } = Promise.withResolvers<void>()
  lookUps.held = promise
  const leaving = new AbortController()
  const gone = server.post({
    headers: { authorization: `Bearer ${server.tokens.VIEWER}`, 'content-type': 'application/json' },
    body: '{"query":"{ viewer { name } }"}',
    signal: leaving.signal,
  })
  await expect.poll(() => lookUps.count).toBe(1)
  leaving.abort()
  await expect(gone).rejects.toThrow()
  await expect.poll(() => logLines.filter(({ msg }) => msg === 'request')).toHaveLength(1)
  resolve()
  expect((await server.send('{ viewer { name } }')).status).toBe(200)
  const before = lookUps.count
  // Whoever watched a token of a connection that has ended would look it up twenty times meanwhile.
  await new Promise((waited) => setTimeout(waited, 100))
  expect(lookUps.count).toBe(before)
})

test('GraphiQL keeps no header on the device: a token would stay there for good', async () => {
  const server = await startTestServer()
  const { body } = await server.get('/graphiql')
  const [, options = '{}'] = /querySelector\('#root'\),\s*(\{.*\}),\s*\);\s*<\/script>/.exec(body) ?? []
  expect(JSON.parse(options)).toMatchObject({ endpoint: '/graphql', shouldPersistHeaders: false })
  // What a former release has kept is gone before GraphiQL looks for it.
  expect(body).toContain(`<head><script>localStorage.removeItem('graphiql:headers')</script>`)
})
