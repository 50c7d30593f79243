import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ApiClient } from '../testkit/api-client.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const SUPERVISOR = fileURLToPath(new URL('../../supervisor/src/main.ts', import.meta.url))

const FLEET = `{ clusters(first: 50) { nodes { name connection health labels { key }
  capacity { provisionedBytes pendingBytes effectiveBytes usedBytes freeBytes provisionedRatio observedAt } } } }`

interface FleetAnswer {
  readonly clusters: {
    readonly nodes: readonly { readonly connection: string; readonly capacity: unknown }[]
  }
}

it('npm start -- --demo: within 10 s every one of 12 clusters shows all its figures; SIGTERM ends everything', async () => {
  const home = mkdtempSync(join(tmpdir(), 'flotilla demo '))
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const env = { PATH: process.env.PATH, FLOTILLA_HOME: home, PORT: String(port) }
  const supervisor = spawn(process.execPath, [SUPERVISOR, '--demo'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  supervisor.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  try {
    await waitUntil('the demo to be ready', () => output.includes('Flotilla is ready'), 60_000)
    const api = new ApiClient(url, readFileSync(join(home, 'admin-token'), 'utf8').trim())
    const clusters = await waitUntil(
      'every cluster to show its figures',
      async () => {
        const { clusters: page } = await api.ask<FleetAnswer>(FLEET)
        const isComplete = page.nodes.every(
          ({ connection, capacity }) => connection === 'CONNECTED' && capacity !== null,
        )
        return isComplete && page.nodes
      },
      10_000,
    )
    expect(clusters).toHaveLength(12)
    for (const cluster of clusters) {
      expect(cluster).toMatchObject({
        connection: 'CONNECTED',
        health: 'OK',
        capacity: {
          provisionedBytes: expect.stringMatching(/^[1-9]\d*$/),
          pendingBytes: '0',
          effectiveBytes: expect.stringMatching(/^[1-9]\d*$/),
          usedBytes: expect.stringMatching(/^[1-9]\d*$/),
          freeBytes: expect.stringMatching(/^[1-9]\d*$/),
          provisionedRatio: expect.closeTo(0.3, 1),
          observedAt: expect.stringMatching(/^\d{4}-/),
        },
      })
    }
  } finally {
    const exited = once(supervisor, 'exit')
    supervisor.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  }
  await expect(fetch(`${url}/livez`)).rejects.toThrow()
  rmSync(home, { recursive: true })
}, 120_000)

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
