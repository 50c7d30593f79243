import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import { startMigratedPostgres } from '@flotilla/prisma/testing/start-migrated-postgres'
import type { FleetOptions } from '@flotilla/simulator/fleet/fleet-options'
import { type SimulatedFleet, startSimulatedFleet } from '@flotilla/simulator/simulated-fleet'
import type pg from 'pg'
import type { Secret } from '../verify/find-leaks.ts'
import { openRecords } from '../verify/open-records.ts'
import { watchRecords } from '../verify/watch-records.ts'
import { ApiClient } from './api-client.ts'
import { FaultProxy } from './fault-proxy.ts'
import { Program } from './program.ts'
import { waitUntil } from './wait-until.ts'

export interface StackOptions {
  readonly fleet: FleetOptions
  readonly pollIntervalMs?: number
  readonly redisUrl?: string
  /** Further settings of servers and worker. */
  readonly env?: Readonly<Record<string, string>>
  /** Server processes on the one database; 1 unless given. */
  readonly servers?: number
  /** Fault proxies between the servers and the database, and between the worker and each cluster; what is not named goes directly. */
  readonly proxied?: { readonly database?: boolean; readonly clusters?: boolean }
  /** Worker processes; 1 unless given. */
  readonly workers?: number
  /** Keeps every change of the records for the checker, from the start; off unless given, because it costs each write. */
  readonly isWatched?: boolean
  /** Keeps every answer to its own clients in a log file, to be searched for secrets; off unless given. */
  readonly keepsAnswers?: boolean
  /** Registers every simulated cluster and waits until each has been observed; on unless `false`. */
  readonly register?: boolean
  /** A migrated database that no other stack uses and that outlives this one; without it, the stack has a PostgreSQL of its own. */
  readonly connectionString?: string
}

/** The whole product as processes of its own, on a database of its own, with a simulated fleet. */
export interface Stack {
  readonly fleet: SimulatedFleet
  /** The first of the servers, which `api` asks. */
  readonly server: Program
  readonly servers: readonly Program[]
  /** The first of the workers. */
  readonly worker: Program
  readonly workers: readonly Program[]
  /** All that its processes and its database printed, and what was answered to its clients where that is kept. */
  readonly logFiles: readonly string[]
  /** What must stand in no table and no log. */
  readonly secrets: readonly Secret[]
  /** For the checker and for assertions on records; the product's own way in is `api`. */
  readonly sql: pg.Pool
  readonly connectionString: string
  /** What servers and worker were started with, for further ones. */
  readonly env: NodeJS.ProcessEnv
  /** Null unless asked for. */
  readonly databaseProxy: FaultProxy | null
  /** One for each simulated cluster, in order; empty unless asked for. */
  readonly clusterProxies: readonly FaultProxy[]
  api: ApiClient
  /** One for each server. */
  readonly apis: readonly ApiClient[]
  /** Ends PostgreSQL, and brings it up on the same port and data, or what has become of them meanwhile. */
  restartDatabase(whileDown?: (dataFolder: string) => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

const quiet = (): void => {}

/** What a further server or worker may open at most: its pool, the queue's, and those that listen. */
const CONNECTIONS_PER_PROCESS = 20

export async function startStack(options: StackOptions): Promise<Stack> {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-test-'))
  chmodSync(home, 0o755)
  const { servers: serverCount = 1, workers: workerCount = 1 } = options
  const postgres = {
    dataFolder: join(home, 'data'),
    maxConnections: 100 + (serverCount + workerCount - 2) * CONNECTIONS_PER_PROCESS,
    log: quiet,
  }
  let database: EmbeddedPostgres | null = null
  let { connectionString } = options
  if (connectionString === undefined) {
    database = await startMigratedPostgres(postgres)
    connectionString = database.connectionString
  }
  const fleet = await startSimulatedFleet(options.fleet)
  const databaseProxy = options.proxied?.database ? await FaultProxy.start(addressOf(connectionString)) : null
  const clusterProxies = options.proxied?.clusters
    ? await Promise.all(
        fleet.clusters.map((each) => FaultProxy.start({ host: '127.0.0.1', port: each.port })),
      )
    : []
  const masterKey = randomBytes(32).toString('base64')
  const env = {
    PATH: process.env.PATH,
    // Starting a process costs a third less when its modules are stripped and compiled already.
    NODE_COMPILE_CACHE: join(tmpdir(), 'flotilla-compile-cache'),
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: connectionString,
    REDIS_URL: options.redisUrl,
    FLOTILLA_HOME: home,
    FLOTILLA_MASTER_KEY: masterKey,
    POLL_INTERVAL_MS: String(options.pollIntervalMs ?? 1_000),
    INVENTORY_INTERVAL_MS: '60000',
    LOG_LEVEL: 'info',
    ...options.env,
  }
  const serverEnv = databaseProxy ? { ...env, DATABASE_URL: through(connectionString, databaseProxy) } : env
  const sql = openRecords(connectionString)
  if (options.isWatched) await watchRecords(sql)
  const [servers, workers] = await Promise.all([
    Promise.all(
      numbered(serverCount, (number) => startServer(serverEnv, join(home, `server-${number}.log`))),
    ),
    Promise.all(numbered(workerCount, (number) => startWorker(env, join(home, `worker-${number}.log`)))),
  ])
  const token = readFileSync(join(home, 'admin-token'), 'utf8').trim()
  const answerFile = options.keepsAnswers ? join(home, 'answers.log') : null
  const keep = answerFile ? (answer: string) => appendFileSync(answerFile, `${answer}\n`) : undefined
  const apis = servers.map(({ url }) => new ApiClient(url, token, keep))
  const [first] = servers
  const [worker] = workers
  const [api] = apis
  if (!first || !worker || !api) throw new Error('a stack has at least one server and one worker')
  const programs = [...workers, ...servers.map(({ program }) => program)]
  const stack: Stack = {
    fleet,
    server: first.program,
    servers: servers.map(({ program }) => program),
    worker,
    workers,
    logFiles: [
      ...programs.flatMap(({ logFile }) => logFile ?? []),
      ...(database ? [join(postgres.dataFolder, 'postgresql.log')] : []),
      ...(answerFile ? [answerFile] : []),
    ],
    secrets: [
      { name: 'master key', value: masterKey },
      { name: 'admin token', value: token },
      ...fleet.clusters.map((cluster) => ({ name: `token of ${cluster.name}`, value: cluster.token })),
    ],
    sql,
    connectionString,
    env,
    databaseProxy,
    clusterProxies,
    api,
    apis,
    async restartDatabase(whileDown) {
      if (!database) throw new Error('the database is not of this stack')
      await database.stop()
      await whileDown?.(postgres.dataFolder)
      database = await startEmbeddedPostgres({ ...postgres, port: database.port })
    },
    async close() {
      await Promise.all(programs.map((each) => each.stop()))
      await sql.end()
      await Promise.all(
        [...clusterProxies, ...(databaseProxy ? [databaseProxy] : [])].map((each) => each.close()),
      )
      await fleet.close()
      await database?.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
  try {
    if (options.register !== false) await registerFleet(stack)
  } catch (error) {
    await stack.close()
    throw error
  }
  return stack
}

/** A server that is started again comes back on the port that it had. */
async function startServer(
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<{ program: Program; url: string }> {
  const own = { ...env }
  const program = new Program(new URL('../../server/src/main.ts', import.meta.url), own, logFile)
  const url = await program.start()
  own.PORT = new URL(url).port
  return { program, url }
}

async function startWorker(env: NodeJS.ProcessEnv, logFile: string): Promise<Program> {
  const program = new Program(new URL('../../workers/src/main.ts', import.meta.url), env, logFile)
  await program.start()
  return program
}

function numbered<T>(length: number, make: (number: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index + 1))
}

const REGISTER = `mutation Register($input: RegisterClusterInput!) { registerCluster(input: $input) {
  ... on RegisterClusterPayload { cluster { id } operation { id } } ... on Error { message } } }`

/** Much, but some machines are busy. */
const OBSERVED_WITHIN_MS = 240_000

function through(address: string, { host, port }: FaultProxy): string {
  const url = new URL(address)
  url.host = `${host}:${port}`
  return url.href
}

function addressOf(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(address)
  return { host: hostname, port: Number(port) }
}

async function registerFleet({ api, fleet, clusterProxies }: Stack): Promise<void> {
  const registrations = fleet.clusters.map((cluster, index) => {
    const proxy = clusterProxies[index]
    // Many at once may be more than a busy machine's database answers in time.
    return api.insist(REGISTER, {
      input: {
        idempotencyKey: `register-${cluster.name}`,
        name: cluster.name,
        endpoints: [proxy ? `https://${proxy.host}:${proxy.port}` : cluster.endpoint],
        tls: { mode: 'PINNED', certificateSha256: cluster.fingerprintSha256 },
        credential: { token: cluster.token },
      },
    })
  })
  await Promise.all(registrations)
  await waitUntil(
    'every cluster to be observed',
    async () => {
      const { fleet: totals } = await api.ask<{
        fleet: { capacity: { observedClusterCount: number } | null }
      }>('{ fleet { capacity { observedClusterCount } } }')
      return totals.capacity?.observedClusterCount === fleet.clusters.length
    },
    OBSERVED_WITHIN_MS,
  )
}
