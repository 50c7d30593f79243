import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTokenStore, type TokenStore } from './token-store.ts'

let db: TestDatabase
let tokens: TokenStore

beforeAll(async () => {
  db = await startTestDatabase()
  tokens = createTokenStore(db.database)
}, 60_000)
afterAll(() => db.close())
beforeEach(() => db.empty())

async function firstToken(): Promise<string> {
  const delivered: string[] = []
  await tokens.ensureAdminToken(async (token) => delivered.push(token))
  const [token] = delivered
  if (!token) throw new Error('there was a token already')
  return token
}

test('the first admin token is made once, however many servers start at the same time', async () => {
  const stores = [tokens, createTokenStore(db.connect()), createTokenStore(db.connect())]
  const delivered: string[] = []
  const deliver = async (token: string) => delivered.push(token)
  const answers = await Promise.all(
    [...stores, ...stores, ...stores].map((store) => store.ensureAdminToken(deliver)),
  )
  expect(answers.filter((wasMade) => wasMade)).toEqual([true])
  expect(delivered).toHaveLength(1)
  expect(await tokens.authenticate(delivered[0] ?? '')).toMatchObject({
    name: 'admin',
    role: 'ADMIN',
    expiresAt: null,
  })
  expect(await tokens.ensureAdminToken(deliver)).toBe(false)
})

test('a token that could not be handed over does not exist, and the next start makes one', async () => {
  const lost: string[] = []
  const failing = tokens.ensureAdminToken(async (token) => {
    lost.push(token)
    throw new Error('the disk is full')
  })
  await expect(failing).rejects.toThrow('the disk is full')
  expect(await tokens.authenticate(lost[0] ?? '')).toBeNull()
  expect(await tokens.authenticate(await firstToken())).toMatchObject({ role: 'ADMIN' })
})

test('no second one is made in place of a revoked one', async () => {
  await firstToken()
  await db.database.pool.query('UPDATE token SET revoked_at = now()')
  await expect(firstToken()).rejects.toThrow('there was a token already')
})

test('further ones can be made, each good beside the others and with a name of its own', async () => {
  const first = await firstToken()
  const made = await Promise.all([
    tokens.makeAdminToken(),
    tokens.makeAdminToken(),
    tokens.makeAdminToken('ops'),
  ])
  const further = made.map((each) => each?.token ?? '')
  expect(new Set([first, ...further]).size).toBe(4)
  const callers = await Promise.all([first, ...further].map((token) => tokens.authenticate(token)))
  expect(callers.map((caller) => caller?.name).sort()).toEqual(['admin', 'admin-2', 'admin-3', 'ops'])
  for (const caller of callers) expect(caller).toMatchObject({ role: 'ADMIN', expiresAt: null })
})

test('a name is free again when its token is revoked, and not before', async () => {
  await tokens.makeAdminToken('ops')
  expect(await tokens.makeAdminToken('ops')).toBeNull()
  await db.database.pool.query('UPDATE token SET revoked_at = now()')
  expect(await tokens.makeAdminToken('ops')).toMatchObject({ name: 'ops' })
})

test('only the digest is stored', async () => {
  const token = await firstToken()
  const secret = token.slice(-43)
  const { rows } = await db.database.pool.query('SELECT token::text AS text, secret_hash AS hash FROM token')
  expect(rows).toHaveLength(1)
  expect(rows[0].text).not.toContain(secret)
  expect(rows[0].hash).toEqual(createHash('sha256').update(secret).digest())
})

test.each<[name: string, change: (token: string) => string]>([
  ['nothing', () => ''],
  ['another word', () => 'Bearer'],
  ['the id alone', (token) => token.slice(0, -44)],
  ['a character too few', (token) => token.slice(0, -1)],
  ['a character too many', (token) => `${token}A`],
  ['a line behind it', (token) => `${token}\n`],
  ['a blank before it', (token) => ` ${token}`],
  ['another prefix', (token) => token.replace('flo_', 'flx_')],
  ['the id in upper case', (token) => token.slice(0, 36).toUpperCase() + token.slice(36)],
  ['an unknown id', (token) => `flo_${'0'.repeat(32)}${token.slice(36)}`],
  ['another secret', (token) => token.slice(0, -43) + 'A'.repeat(43)],
  ['a secret that differs in its first character', (token) => swap(token, token.length - 43)],
  ['a secret that differs in its middle', (token) => swap(token, token.length - 20)],
  ['SQL', () => `flo_' OR '1'='1`],
  ['a very long text', () => `flo_${'a'.repeat(1_000_000)}`],
])('does not let in: %s', async (_name, change) => {
  expect(await tokens.authenticate(change(await firstToken()))).toBeNull()
})

test.each<[name: string, assignment: string, isLetIn: boolean]>([
  ['expired', `expires_at = now() - interval '1 s'`, false],
  ['not yet expired', `expires_at = now() + interval '1 hour'`, true],
  ['revoked', 'revoked_at = now()', false],
  ['revoked though not expired', `revoked_at = now(), expires_at = now() + interval '1 hour'`, false],
])('a token that is %s', async (_name, assignment, isLetIn) => {
  const token = await firstToken()
  await db.database.pool.query(`UPDATE token SET ${assignment}`)
  expect((await tokens.authenticate(token)) !== null).toBe(isLetIn)
})

test("one token never opens another one's door", async () => {
  const token = await firstToken()
  await db.database.pool.query(
    `INSERT INTO token (id, name, role, secret_hash)
     VALUES ('tok_00000000-0000-7000-8000-000000000000', 'viewer', 'VIEWER', sha256('x'))`,
  )
  expect(await tokens.authenticate(`flo_00000000000070008000000000000000${token.slice(36)}`)).toBeNull()
  expect(await tokens.authenticate(token)).toMatchObject({ role: 'ADMIN' })
})

function swap(text: string, position: number): string {
  const other = text[position] === 'A' ? 'B' : 'A'
  return text.slice(0, position) + other + text.slice(position + 1)
}
