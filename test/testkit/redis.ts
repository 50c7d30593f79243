import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findRedisProgram, type RedisProgram } from './redis-program.ts'
import { waitUntil } from './wait-until.ts'

/** A real Redis for one test; whatever ends it loses all that it held. */
export interface RedisServer {
  /** `redis://127.0.0.1:PORT`; the same after a restart. */
  readonly url: string
  flushAll(): Promise<void>
  /** Takes no further write until it has memory again: every one is refused with OOM. */
  limitMemory(isFull: boolean): Promise<void>
  /** Kills it at once. Safe to repeat. */
  stop(): Promise<void>
  /** Brings it up empty, ending it first when it still runs. */
  restart(): Promise<void>
  /** What it was told to write, as files, until it is stopped; none unless it keeps commands. */
  commandFiles(): readonly string[]
}

export interface RedisOptions {
  /** Whether every write stays in a file as long as it runs, also of what was removed; off unless given. */
  readonly keepsCommands?: boolean
}

/** @throws an Error that says what to install, when there is no Redis and none can be prepared */
export async function startRedis({ keepsCommands = false }: RedisOptions = {}): Promise<RedisServer> {
  const program = await findRedisProgram()
  const port = await findFreePort()
  const url = `redis://127.0.0.1:${port}`
  const start = () => launch(program, port, url, keepsCommands)
  let running = await start()
  return {
    url,
    flushAll: () => ask(url, (client) => client.flushall()),
    limitMemory: (isFull) => ask(url, (client) => client.config('SET', 'maxmemory', isFull ? '1' : '0')),
    stop: () => running.stop(),
    async restart() {
      await running.stop()
      running = await start()
    },
    commandFiles: () =>
      readdirSync(running.folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.aof'))
        .map((name) => join(running.folder, name)),
  }
}

interface Running {
  readonly folder: string
  stop(): Promise<void>
}

async function launch(
  program: RedisProgram,
  port: number,
  url: string,
  keepsCommands: boolean,
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-redis-'))
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const kept = ['--appendonly', keepsCommands ? 'yes' : 'no', '--auto-aof-rewrite-percentage', '0']
  const child = spawn(program.path, [...options, ...kept, '--maxmemory-policy', 'noeviction'], {
    env: { ...process.env, LD_LIBRARY_PATH: program.libraryPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const stop = async (): Promise<void> => {
    process.off('exit', killWithUs)
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  try {
    await waitUntil('Redis to answer', () => {
      if (hasEnded(child)) throw new Error(`${program.path} ended:\n${printed}`)
      return ask(url, (client) => client.ping()).then(() => true)
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { folder, stop }
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function ask(url: string, question: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  try {
    await client.connect()
    await question(client)
  } finally {
    client.disconnect()
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1')
  return address.port
}
