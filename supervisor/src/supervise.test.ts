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
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

/** What a server or worker owes the supervisor, and its pid for the test. */
const program = (name: string) => `
  import { renameSync, writeFileSync } from 'node:fs'
  import { completeEnvironment } from ${module('../../core/src/settings/complete-environment.ts')}
  const environment = await completeEnvironment(process)
  const file = new URL('${name}.env', import.meta.url)
  writeFileSync(new URL('${name}.draft', import.meta.url), JSON.stringify({ ...environment, pid: process.pid, shown: Object.keys(process.env).join() }))
  renameSync(new URL('${name}.draft', import.meta.url), file)
  process.on('SIGTERM', () => { console.log('closing'); process.exit(0) })
  process.send({ type: 'ready', url: 'http://127.0.0.1:1' })
  setInterval(() => {}, 1000)
`

const runner = (folder: string) => `
  import { openProcessLog } from ${module('process-log.ts')}
  import { supervise } from ${module('supervise.ts')}
  import { readSettings } from ${module('../../core/src/settings/settings.ts')}
  import { environment } from ${module('env.ts')}
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  const log = openProcessLog({ format: 'pretty', colorize: false, output: console.log })
  const programs = ${JSON.stringify({
    server: join(folder, 'server.ts'),
    worker: join(folder, 'worker.ts'),
    simulator: join(folder, 'worker.ts'),
    web: folder,
  })}
  const demo = process.argv.includes('--demo')
  await supervise({ settings: readSettings(environment), demo, log, programs, signal: stop.signal })
`

const module = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))

let folder: string
let running: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flotilla supervise '))
  running = []
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'server.ts'), program('server'))
  writeFileSync(join(folder, 'worker.ts'), program('worker'))
  writeFileSync(join(folder, 'runner.ts'), runner(folder))
  writeFileSync(join(folder, 'dist', 'index.html'), '')
})

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  process: ChildProcess
  output: () => string
}

function start(settings: Record<string, string> = {}, ...args: string[]): Run {
  const env = { PORT: '0', FLOTILLA_HOME: join(folder, 'home'), ...settings }
  const child = spawn(process.execPath, [join(folder, 'runner.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk
    })
  }
  return { process: child, output: () => text }
}

const isReady = ({ output }: Run) =>
  vi.waitUntil(() => output().includes('Flotilla is ready'), { timeout: 30_000 })

function environmentOf(name: string): Record<string, string> {
  return JSON.parse(readFileSync(join(folder, `${name}.env`), 'utf8'))
}

/** Of the server, the worker and PostgreSQL. */
function childPids(): number[] {
  const postmaster = readFileSync(join(folder, 'home/data/postgresql/postmaster.pid'), 'utf8')
  return [environmentOf('server').pid, environmentOf('worker').pid, postmaster.split('\n')[0]].map(Number)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('SIGTERM stops the server, the worker and PostgreSQL, and a second start finds its data', async () => {
  const first = start()
  await isReady(first)
  const pids = childPids()
  expect(pids.every(isRunning)).toBe(true)
  const { DATABASE_URL, FLOTILLA_MASTER_KEY, LOG_FORMAT } = environmentOf('worker')
  expect({ LOG_FORMAT, database: DATABASE_URL?.startsWith('postgresql://') }).toEqual({
    LOG_FORMAT: 'json',
    database: true,
  })
  for (const name of ['server', 'worker']) {
    const shown = environmentOf(name).shown?.split(',')
    expect(shown, 'rule 12: what others on the machine may see of a process').toContain('NODE_COMPILE_CACHE')
    expect(shown).not.toContain('FLOTILLA_MASTER_KEY')
    expect(shown).not.toContain('DATABASE_URL')
  }
  expect(statSync(join(folder, 'home/keys/master-key')).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'home/compile-cache')).mode & 0o777).toBe(0o700)
  first.process.kill('SIGTERM')
  await once(first.process, 'exit')
  expect(pids.filter(isRunning)).toEqual([])
  expect(first.output().match(/closing/g)).toHaveLength(2)
  expect(readdirSync(join(folder, 'home/compile-cache'))).not.toEqual([])

  const second = start()
  await isReady(second)
  expect(second.output()).not.toContain('first start')
  expect(environmentOf('server').FLOTILLA_MASTER_KEY).toBe(FLOTILLA_MASTER_KEY)
}, 60_000)

test('a lost key is not replaced once the database holds what it has sealed', async () => {
  const first = start()
  await isReady(first)
  const database = connectDatabase({ connectionString: environmentOf('server').DATABASE_URL ?? '' })
  await database.pool.query(`INSERT INTO master_key_canary (sealed) VALUES ('by the first key')`)
  await database.close()
  first.process.kill('SIGTERM')
  await once(first.process, 'exit')

  const key = join(folder, 'home/keys/master-key')
  rmSync(key)
  const second = start()
  const [code] = await once(second.process, 'exit')
  expect(code).not.toBe(0)
  expect(second.output()).toContain(`${key} is missing, and the database holds what was sealed with its key`)
  expect(existsSync(key)).toBe(false)
}, 60_000)

test('after SIGKILL of the supervisor its processes end, and it can be started again', async () => {
  const first = start()
  await isReady(first)
  const pids = childPids()
  first.process.kill('SIGKILL')
  const second = start()
  await isReady(second)
  await vi.waitUntil(() => !pids.some(isRunning), { timeout: 10_000 })
  expect(childPids().every(isRunning)).toBe(true)
}, 60_000)

test('a second start on the same folder names the folder and the process that has it, and leaves its fleet alone', async () => {
  const first = start()
  await isReady(first)
  const fleetFile = join(folder, 'home/demo-fleet.json')
  writeFileSync(fleetFile, 'of the first')
  const second = start({}, '--demo')
  const [code] = await once(second.process, 'exit')
  expect(code).toBe(1)
  expect(second.output()).toContain(`${join(folder, 'home/data')} is in use by process ${first.process.pid}`)
  expect(readFileSync(fleetFile, 'utf8')).toBe('of the first')
}, 60_000)

test('a port in use is refused before anything is started', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const run = start({ PORT: String(address.port) })
  await once(run.process, 'exit')
  other.close()
  expect(run.output()).toContain(`port ${address.port} of 127.0.0.1 is in use; set PORT to another`)
  expect(existsSync(join(folder, 'home'))).toBe(false)
}, 60_000)

const failAfterWorker = `
  import { existsSync } from 'node:fs'
  setInterval(() => {
    if (!existsSync(new URL('worker.env', import.meta.url))) return
    console.error('nothing works')
    process.exit(7)
  }, 10)
`

test('a server that cannot start ends all', async () => {
  writeFileSync(join(folder, 'server.ts'), failAfterWorker)
  const run = start()
  const [code] = await once(run.process, 'exit')
  expect(code).not.toBe(0)
  expect(run.output()).toContain('nothing works')
  expect(run.output()).toContain('the server could not start (exit code 7)')
  expect(isRunning(Number(environmentOf('worker').pid))).toBe(false)
}, 60_000)
