import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ApiClient } from '../testkit/api-client.ts'
import { type Databases, startDatabases } from '../testkit/databases.ts'
import { Program } from '../testkit/program.ts'
import { runToEnd } from '../testkit/run-to-end.ts'

const SERVER = new URL('../../server/src/main.ts', import.meta.url)
const MAKE_TOKEN = fileURLToPath(new URL('../../server/src/make-token.ts', import.meta.url))

let databases: Databases
let home: string

beforeAll(async () => {
  databases = await startDatabases()
  home = mkdtempSync(join(tmpdir(), 'flotilla-test-'))
})

afterAll(async () => {
  await databases?.close()
  rmSync(home, { recursive: true, force: true })
})

const envOn = (connectionString: string) => ({
  PATH: process.env.PATH,
  HOST: '127.0.0.1',
  PORT: '0',
  DATABASE_URL: connectionString,
  FLOTILLA_HOME: home,
  FLOTILLA_MASTER_KEY: randomBytes(32).toString('base64'),
})

const tokenIn = (name: string) => readFileSync(join(home, name), 'utf8').trim()

/** Until the test ends; answers whether a token is accepted. */
async function startOn(connectionString: string): Promise<(token: string) => Promise<boolean>> {
  const server = new Program(SERVER, envOn(connectionString))
  const url = await server.start()
  onTestFinished(() => server.stop())
  return async (token) => (await new ApiClient(url, token).send('{ __typename }')).errors === undefined
}

test('a first start on another database leaves the token of the former one, and a lost one is replaced on the spot', async () => {
  const [former, latter] = [await databases.create(), await databases.create()]
  const isAcceptedByFormer = await startOn(former)
  const first = tokenIn('admin-token')
  const isAcceptedByLatter = await startOn(latter)
  expect(tokenIn('admin-token')).not.toBe(first)
  expect(tokenIn('admin-token-1')).toBe(first)
  expect(await isAcceptedByLatter(tokenIn('admin-token'))).toBe(true)
  expect(await isAcceptedByLatter(first)).toBe(false)
  expect(await isAcceptedByFormer(tokenIn('admin-token'))).toBe(false)
  expect(await isAcceptedByFormer(first)).toBe(true)

  const { status, stdout } = await runToEnd(process.execPath, [MAKE_TOKEN], envOn(former))
  expect(status).toBe(0)
  expect(stdout).toMatch(/^flo_\S+\n$/)
  expect(await isAcceptedByFormer(stdout.trim())).toBe(true)
  expect(await isAcceptedByLatter(stdout.trim())).toBe(false)

  const named = (...names: string[]) => runToEnd(process.execPath, [MAKE_TOKEN, ...names], envOn(former))
  expect(await named('ops')).toMatchObject({ status: 0, stderr: 'an admin token named ops:\n' })
  expect(await named('ops')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'there is a token named ops already: choose another name\n',
  })
  for (const names of [['a', 'b'], ['-x'], ['']]) expect(await named(...names)).toMatchObject({ status: 2 })
})

test('without a database a token is not made, and it is said what to do', async () => {
  const { DATABASE_URL: _, ...env } = envOn('')
  const { status, stdout, stderr } = await runToEnd(process.execPath, [MAKE_TOKEN], env)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain(`no PostgreSQL runs in ${home}: start Flotilla there first (npm start)`)
})
