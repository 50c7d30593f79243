import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Stack } from '../../testkit/stack.ts'
import { openRecords } from '../../verify/open-records.ts'
import { isGone, killTree } from '../process-tree.ts'
import type { Restarted } from './restarted.ts'

const SUPERVISOR = fileURLToPath(new URL('../../../supervisor/src/main.ts', import.meta.url))

/** The whole product, PostgreSQL included, as `npm start` brings it up. */
export interface Supervised extends Restarted {
  stop(): Promise<void>
}

/** On the folder of a stack of which nothing runs any more; its API answers at the same address. Not started yet. */
export function supervised({ env, api, connectionString }: Stack): Supervised {
  const home = env.FLOTILLA_HOME ?? ''
  const own = { ...env, DATABASE_URL: undefined, PORT: new URL(api.url).port }
  let supervisor: ReturnType<typeof launch> | null = null
  let sql: pg.Pool | null = null
  const end = async (how: (child: ChildProcess) => unknown): Promise<void> => {
    await sql?.end()
    sql = null
    if (!supervisor) return
    await Promise.all([supervisor.exited, how(supervisor.child)])
    supervisor = null
  }
  return {
    api,
    sql: () => (sql ??= openRecords(onPort(connectionString, portOfPostgres(home)))),
    kill: () => end(({ pid }) => killTree(pid ?? 0)),
    stop: () => end((child) => child.kill()),
    start() {
      supervisor = launch(own)
      return { server: supervisor.ready, worker: supervisor.ready }
    },
  }
}

function launch(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [SUPERVISOR], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let output = ''
  const said = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('Flotilla is ready')) resolve()
    })
  })
  const ready = Promise.race([
    said,
    exited.then(() => {
      throw new Error(`npm start ended before it was ready; it printed:\n${output}`)
    }),
  ])
  // Who kills it does not wait for it.
  ready.catch(() => {})
  return { child, exited, ready }
}

/** It takes another one at each start. @throws when it does not run; one that was killed has left its file behind */
function portOfPostgres(home: string): string {
  const lines = readFileSync(join(home, 'data', 'postgresql', 'postmaster.pid'), 'utf8').split('\n')
  const [pid, , , port] = lines
  if (!port || isGone(Number(pid))) throw new Error('PostgreSQL does not run')
  return port
}

function onPort(connectionString: string, port: string): string {
  const url = new URL(connectionString)
  url.port = port
  return url.href
}
