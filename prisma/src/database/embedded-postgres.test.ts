import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type EmbeddedPostgres, findEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { FolderInUseError } from './folder-lock.ts'
import { readPostmaster } from './postmaster-file.ts'
import { processIdentity } from './process-identity.ts'

const folder = mkdtempSync(join(tmpdir(), 'flotilla postgres '))
const dataFolder = join(folder, 'data')
const clusterFolder = join(dataFolder, 'postgresql')
const running: { stop(): Promise<void> }[] = []
let lines: string[] = []

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataFolder, log: (line) => lines.push(line) })
  running.push(postgres)
  return postgres
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Another process that starts PostgreSQL on the folder and then just waits. */
async function startElsewhere(): Promise<ChildProcess> {
  const script = join(folder, 'elsewhere.ts')
  const module = JSON.stringify(fileURLToPath(new URL('embedded-postgres.ts', import.meta.url)))
  writeFileSync(
    script,
    `import { startEmbeddedPostgres } from ${module}
     await startEmbeddedPostgres({ dataFolder: ${JSON.stringify(dataFolder)}, log: () => {} })
     console.log('started')
     setInterval(() => {}, 1000)`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push({ stop: async () => void child.kill('SIGKILL') })
  await once(child.stdout, 'data')
  return child
}

function runningServer(): { pid: number; identity: string } {
  const pid = readPostmaster(clusterFolder)?.pid ?? 0
  const identity = processIdentity(pid)
  if (identity === null) throw new Error('PostgreSQL does not run')
  return { pid, identity }
}

const isGone = ({ pid, identity }: { pid: number; identity: string }) =>
  vi.waitUntil(() => processIdentity(pid) !== identity, { timeout: 10_000 })

beforeAll(async () => {
  const postgres = await start()
  await query(postgres.connectionString, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await postgres.stop()
  lines = []
}, 60_000)

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()))
  lines = []
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('data and password survive a restart; the password is for the owner only', async () => {
  const { connectionString } = await start()
  expect(await query(connectionString, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  expect(statSync(join(dataFolder, 'password')).mode & 0o777).toBe(0o600)
  expect(lines).toEqual([])
})

test('where it runs is found in its folder, by any process, while it runs', async () => {
  const postgres = await start()
  expect(findEmbeddedPostgres(dataFolder)).toBe(postgres.connectionString)
  await postgres.stop()
  expect(findEmbeddedPostgres(dataFolder)).toBeNull()
  expect(findEmbeddedPostgres(join(folder, 'elsewhere'))).toBeNull()
})

test('it is safe against power loss, in UTF-8, and listens on the loopback address only', async () => {
  const { connectionString } = await start()
  const [settings] = await query(
    connectionString,
    `SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listen,
            current_setting('server_encoding') AS encoding, lower('Ä') AS lower, 'a' < 'B' AS dictionary_order`,
  )
  expect(settings).toEqual({
    fsync: 'on',
    listen: '127.0.0.1',
    encoding: 'UTF8',
    lower: 'ä',
    dictionary_order: false,
  })
})

test('a second start on a folder in use names the folder and the process', async () => {
  const other = await startElsewhere()
  await expect(start()).rejects.toThrow(new FolderInUseError(dataFolder, other.pid ?? 0))
  other.kill('SIGKILL')
  await isGone(runningServer())
})

test('it does not outlive the process that started it, even when that is killed', async () => {
  const other = await startElsewhere()
  const server = runningServer()
  other.kill('SIGKILL')
  await isGone(server)
  expect(readFileSync(join(dataFolder, 'postgresql.log'), 'utf8')).toContain('database system is shut down')
})

test('a server left over although nobody watches it is stopped in order at the next start', async () => {
  const other = await startElsewhere()
  const server = runningServer()
  const watchdogs = childrenOf(other.pid ?? 0).filter((pid) => pid !== server.pid)
  expect(watchdogs).toHaveLength(1)
  for (const pid of watchdogs) process.kill(pid, 'SIGKILL')
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(processIdentity(server.pid)).toBe(server.identity)

  const { connectionString, pid } = await start()
  expect(lines.join()).toContain(`stopping PostgreSQL (pid ${server.pid}), left over`)
  expect(pid).not.toBe(server.pid)
  expect(await query(connectionString, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('when the server is killed the owner learns of it and can start again at once', async () => {
  const { pid, exited } = await start()
  process.kill(pid, 'SIGKILL')
  expect(await exited).toBe('signal SIGKILL')
  const { connectionString } = await start()
  expect(await query(connectionString, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('a pid file whose number now belongs to another program does not stand in the way', async () => {
  writeFileSync(
    join(clusterFolder, 'postmaster.pid'),
    `${process.pid}\n${clusterFolder}\n0\n5432\n\n127.0.0.1\n\nready\n`,
  )
  const { connectionString } = await start()
  expect(await query(connectionString, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('what an interrupted first start left behind is thrown away', async () => {
  mkdirSync(join(dataFolder, 'postgresql.new-1234', 'base'), { recursive: true })
  await start()
  expect(readdirSync(dataFolder).filter((name) => name.includes('.new-'))).toEqual([])
})

test('a start interrupted in the middle of the preparation is begun again', async () => {
  const fresh = join(folder, 'fresh')
  const module = JSON.stringify(fileURLToPath(new URL('embedded-postgres.ts', import.meta.url)))
  const script = `
    import { startEmbeddedPostgres } from ${module}
    await startEmbeddedPostgres({ dataFolder: ${JSON.stringify(fresh)}, log: console.log })`
  writeFileSync(join(folder, 'first-start.ts'), script)
  const child = spawn(process.execPath, [join(folder, 'first-start.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(existsSync(join(fresh, 'postgresql'))).toBe(false)

  const postgres = await startEmbeddedPostgres({ dataFolder: fresh, log: () => {} })
  running.push(postgres)
  expect(await query(postgres.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
}, 30_000)

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}
