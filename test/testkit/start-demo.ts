import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiClient } from './api-client.ts'
import { waitUntil } from './wait-until.ts'

const SUPERVISOR = fileURLToPath(new URL('../../supervisor/src/main.ts', import.meta.url))

/** The page is built at the first start, which a busy machine takes its time for. */
const START_TIMEOUT_MS = 150_000

/** `npm start -- --demo` in a folder of its own, as its readers run it. */
export interface Demo {
  readonly url: string
  /** What other commands need to find it. */
  readonly env: { readonly FLOTILLA_HOME: string; readonly PORT: string }
  readonly api: ApiClient
  /** Ends it in order, and answers how it ended; asks the folder to go. */
  close(): Promise<[code: number | null, signal: string | null]>
}

export async function startDemo(): Promise<Demo> {
  const home = mkdtempSync(join(tmpdir(), 'flotilla demo '))
  const env = { FLOTILLA_HOME: home, PORT: String(await findFreePort()) }
  const url = `http://127.0.0.1:${env.PORT}`
  const supervisor = spawn(process.execPath, [SUPERVISOR, '--demo'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(supervisor, 'exit') as Promise<[number | null, string | null]>
  const close = async () => {
    supervisor.kill('SIGTERM')
    const outcome = await exited
    rmSync(home, { recursive: true, force: true })
    return outcome
  }
  let output = ''
  supervisor.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  try {
    await waitUntil('the demo to be ready', () => output.includes('Flotilla is ready'), START_TIMEOUT_MS)
  } catch (error) {
    await close()
    throw new Error(`the demo did not come up; it printed:\n${output}`, { cause: error })
  }
  const api = new ApiClient(url, readFileSync(join(home, 'admin-token'), 'utf8').trim())
  return { url, env, api, close }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
