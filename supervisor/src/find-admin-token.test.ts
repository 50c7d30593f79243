import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { findAdminToken } from './find-admin-token.ts'
import { openHomeFolder } from './home-folder.ts'

/** What the server accepts. */
let accepted: string

const api = createServer((request, response) => {
  response.writeHead(request.headers.authorization === `Bearer ${accepted}` ? 200 : 401).end('{}')
})

let folder: string

beforeAll(async () => {
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla-tokens-'))
  for (const [name, token] of [
    ['admin-token', 'third'],
    ['admin-token-1', 'first'],
    ['admin-token-2', 'second'],
    ['admin-token.new', 'half'],
  ]) {
    writeFileSync(join(folder, `${name}`), `${token}\n`)
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
afterAll(async () => {
  api.closeAllConnections()
  await new Promise((done) => api.close(done))
})

function find() {
  const address = api.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const home = openHomeFolder(folder)
  return findAdminToken({ url: `http://127.0.0.1:${port}`, home, signal: AbortSignal.timeout(10_000) })
}

test.each([
  ['third', 'admin-token'],
  ['first', 'admin-token-1'],
  ['second', 'admin-token-2'],
])('the token %s is found where it lies', async (token, name) => {
  accepted = token
  expect(await find()).toEqual({ file: join(folder, name), token })
})

test('what the server does not accept is not named', async () => {
  accepted = 'half'
  expect(await find()).toBeNull()
})
