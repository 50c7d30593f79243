import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { lockFolder } from './folder-lock.ts'
import { databaseRole, initialiseCluster, readOrMakePassword } from './initialise-cluster.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { launchPostgres, type PostgresProcess, PostgresStartError } from './postgres-process.ts'
import { readPostmaster } from './postmaster-file.ts'
import { chooseServerAccount } from './server-account.ts'
import { stopOrphanedServer } from './stop-orphaned-server.ts'

const databaseName = 'flotilla'

/** After a server was killed its processes may need a moment to notice and let go of the shared memory. */
const releaseTimeoutMs = 10_000

export interface EmbeddedPostgresOptions {
  /** Made when missing; holds the database, its password (mode 600), its log and the lock. */
  dataFolder: string
  log: (line: string) => void
  /** TCP port on 127.0.0.1; any free one when absent. */
  port?: number
  /** 100 when absent: enough for one server and one worker; each further server takes up to 20. */
  maxConnections?: number
}

export interface EmbeddedPostgres {
  connectionString: string
  port: number
  pid: number
  /** Settles, with what ended it, once the server has ended and the folder is free again, on request or not. */
  exited: Promise<string>
  /** Ends the server in order. Close every pool first, or their clients raise 57P01. May be called twice. */
  stop(): Promise<void>
}

/**
 * Brings up PostgreSQL 18 from the npm package on a folder, for this process alone, with an empty database made on
 * first use. Throws FolderInUseError when another process has the folder. A server left over from a process that was
 * killed is stopped first; an interrupted first start is begun again.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataFolder = resolve(options.dataFolder)
  mkdirSync(dataFolder, { recursive: true })
  const unlock = lockFolder(dataFolder, options.log)
  try {
    const port = options.port ?? (await findFreePort())
    const password = readOrMakePassword(join(dataFolder, 'password'))
    const server = await bringUp({ ...options, dataFolder, port, password })
    const connectionString = await ensureDatabase(port, password).catch(async (error: unknown) => {
      await server.stop()
      throw error
    })
    const exited = server.exited.finally(unlock)
    const stop = async () => {
      await server.stop()
      await exited
    }
    return { connectionString, port, pid: server.pid, exited, stop }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Where the PostgreSQL that some process has brought up on the folder takes connections; null when there is none. */
export function findEmbeddedPostgres(dataFolder: string): string | null {
  const postmaster = readPostmaster(join(dataFolder, 'postgresql'))
  if (!postmaster?.isReady) return null
  const password = readFileSync(join(dataFolder, 'password'), 'utf8').trim()
  return `${serverAddress(postmaster.port, password)}/${databaseName}`
}

function serverAddress(port: number, password: string): string {
  return `postgresql://${databaseRole}:${password}@127.0.0.1:${port}`
}

interface BringUpOptions extends EmbeddedPostgresOptions {
  port: number
  password: string
}

async function bringUp(options: BringUpOptions): Promise<PostgresProcess> {
  const { dataFolder, port, maxConnections, password, log } = options
  const clusterFolder = join(dataFolder, 'postgresql')
  const logFile = join(dataFolder, 'postgresql.log')
  const binaries = await findPostgresBinaries()
  // What it says about the account is worth reading once.
  const logOnce = existsSync(clusterFolder) ? () => {} : log
  const account = chooseServerAccount([binaries.postgres, dataFolder], logOnce)
  await stopOrphanedServer(clusterFolder, log)
  await initialiseCluster({ binaries, account, clusterFolder, password, log })
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`)
  const deadline = performance.now() + releaseTimeoutMs
  for (;;) {
    try {
      return await launchPostgres({ binaries, account, clusterFolder, logFile, port, maxConnections, log })
    } catch (error) {
      const mayPass = error instanceof PostgresStartError && error.message.includes('is still in use')
      if (!mayPass || performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}

async function ensureDatabase(port: number, password: string): Promise<string> {
  const server = serverAddress(port, password)
  const client = new pg.Client({ connectionString: `${server}/postgres` })
  await client.connect()
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`)
  } finally {
    await client.end()
  }
  return `${server}/${databaseName}`
}

async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const address = probe.address()
  await new Promise((done) => probe.close(done))
  if (address === null || typeof address === 'string') throw new Error('no free TCP port on 127.0.0.1')
  return address.port
}
