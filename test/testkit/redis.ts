import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findRedisProgram, type RedisProgram } from './redis-program.ts'
import { waitUntil } from './wait-until.ts'

/** A real Redis for one test; it writes nothing to disk, so whatever ends it loses all that it held. */
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
}

/** @throws an Error that says what to install, when there is no Redis and none can be prepared */
export async function startRedis(): Promise<RedisServer> {
  const program = await findRedisProgram()
  const port = await findFreePort()
  const url = `redis://127.0.0.1:${port}`
  let running = await launch(program, port, url)
  return {
    url,
    flushAll: () => ask(url, (client) => client.flushall()),
    limitMemory: (isFull) => ask(url, (client) => client.config('SET', 'maxmemory', isFull ? '1' : '0')),
    stop: () => running.stop(),
    async restart() {
      await running.stop()
      running = await launch(program, port, url)
    },
  }
}

async function launch(program: RedisProgram, port: number, url: string): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-redis-'))
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const child = spawn(program.path, [...options, '--appendonly', 'no', '--maxmemory-policy', 'noeviction'], {
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
  return { stop }
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
