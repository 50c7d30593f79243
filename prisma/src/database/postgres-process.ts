import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { postmasterPath, readPostmaster } from './postmaster-file.ts'
import type { ServerAccount } from './server-account.ts'

/** PostgreSQL ended before it took connections; the message carries the end of its log. */
export class PostgresStartError extends Error {
  override name = 'PostgresStartError'
}

export interface PostgresProcess {
  pid: number
  /** Settles, with what ended it, when the server has ended, on request or not. */
  exited: Promise<string>
  /** Cuts open connections, writes everything down and ends; at once by force if that takes more than 20 s. */
  stop(): Promise<void>
}

interface LaunchOptions {
  binaries: PostgresBinaries
  account: ServerAccount
  clusterFolder: string
  logFile: string
  port: number
  maxConnections?: number
  log: (line: string) => void
}

/** One server and one worker take about 40 at most. */
const DEFAULT_MAX_CONNECTIONS = 100

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

const stopTimeoutMs = 20_000

/**
 * Starts the server and resolves when it takes connections, however long a repair after a crash takes.
 *
 * It runs in a session of its own, so that Ctrl-C in the terminal does not reach it before our pools are closed.
 * It does not outlive us either: a watchdog holds a pipe from us, and when that closes, even by SIGKILL, it asks
 * the server to stop. (Should the watchdog be killed as well, stopOrphanedServer does so at the next start.)
 */
export async function launchPostgres(options: LaunchOptions): Promise<PostgresProcess> {
  const server = spawnServer(options)
  const exited = new Promise<string>((resolve) => {
    server.once('error', (error) => resolve(error.message))
    server.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  const { pid } = server
  if (pid === undefined) throw new PostgresStartError(`PostgreSQL cannot be started: ${await exited}`)
  const watchdog = spawnWatchdog(pid, options.clusterFolder)
  void exited.then(() => watchdog.kill('SIGKILL'))
  await untilReady(pid, exited, options)
  return { pid, exited, stop: () => stopServer(server, exited) }
}

function spawnServer(launch: LaunchOptions): ChildProcess {
  const { binaries, account, clusterFolder, logFile, port } = launch
  const flags = Object.entries({
    ...settings,
    max_connections: launch.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { command, args, options } = account.run(binaries.postgres, [
    '-D',
    clusterFolder,
    '-p',
    `${port}`,
    ...flags,
  ])
  const output = openSync(logFile, 'w', 0o600)
  try {
    return spawn(command, args, { ...options, detached: true, stdio: ['ignore', output, output] })
  } finally {
    closeSync(output)
  }
}

/** The pid is compared with the server's own file, lest it has been given to another process meanwhile. */
const watchdogScript = 'read -r _; read -r pid <"$2" && [ "$pid" = "$1" ] && kill -INT "$1"'

function spawnWatchdog(pid: number, clusterFolder: string): ChildProcess {
  const args = ['-c', watchdogScript, 'postgres-watchdog', String(pid), postmasterPath(clusterFolder)]
  const watchdog = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  watchdog.on('error', () => {})
  watchdog.unref()
  return watchdog
}

async function untilReady(
  pid: number,
  exited: Promise<string>,
  { clusterFolder, logFile, log }: LaunchOptions,
) {
  let ended: string | null = null
  void exited.then((reason) => {
    ended = reason
  })
  let announceAt = performance.now() + 3_000
  for (;;) {
    const postmaster = readPostmaster(clusterFolder)
    if (postmaster?.pid === pid && postmaster.isReady) return
    if (ended !== null)
      throw new PostgresStartError(`PostgreSQL did not start (${ended}): ${logTail(logFile)}`)
    if (performance.now() > announceAt) {
      log('waiting for PostgreSQL (after a crash it first repairs its data)')
      announceAt += 10_000
    }
    await sleep(10)
  }
}

async function stopServer(server: ChildProcess, exited: Promise<string>): Promise<void> {
  server.kill('SIGINT')
  const force = setTimeout(() => server.kill('SIGQUIT'), stopTimeoutMs)
  await exited
  clearTimeout(force)
}

function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n')
}
