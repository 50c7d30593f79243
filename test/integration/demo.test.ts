import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Demo, startDemo } from '../testkit/start-demo.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const FLEET = `{ clusters(first: 50) { nodes { name connection health labels { key }
  capacity { provisionedBytes pendingBytes effectiveBytes usedBytes freeBytes provisionedRatio observedAt } } } }`

interface FleetAnswer {
  readonly clusters: {
    readonly nodes: readonly { readonly connection: string; readonly capacity: unknown }[]
  }
}

let demo: Demo

beforeAll(async () => {
  demo = await startDemo()
})

afterAll(() => demo?.close())

it('npm start -- --demo: within 10 s every one of 12 clusters shows all its figures', async () => {
  const clusters = await waitUntil(
    'every cluster to show its figures',
    async () => {
      const { clusters: page } = await demo.api.ask<FleetAnswer>(FLEET)
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
})

it('the five-minute tour of the README goes through as it is typed', async () => {
  const [tour, watch] = readTour()
  const answers = (await runShell(tour)).split('\n').filter(Boolean)
  const asked = tour.split('\n').filter((line) => line.startsWith('ask ')).length
  expect(answers).toHaveLength(asked)
  const refusals = answers.filter((answer) => answer.includes('"code"') || answer.includes('"errors"'))
  expect(refusals).toEqual([])
  // A plan tells what speaks against it, an alert what is the matter: the demo's clusters have volumes of others.
  const isNoRefusal = (answer: string) => answer.includes('"plan"') || answer.includes('"alerts"')
  const refused = answers.filter((answer) => answer.includes('"message":"') && !isNoRefusal(answer))
  expect(refused).toEqual([expect.stringContaining('"rejection"')])
  for (const empty of ['"nodes":[]', '"results":[]', '"placements":[]']) {
    const isTold = (answer: string) => answer.includes('"alerts"') || answer.includes('"capacityHistory"')
    expect(answers.filter((answer) => answer.includes(empty) && !isTold(answer))).toEqual([])
  }
  const [curl = '', load = ''] = watch.split('npm run ')
  const seen = await runShell(`timeout 20 ${curl.trim()} &\nnpm run ${load} >&2; wait`)
  expect(seen).toContain('event: next')
  expect(seen).toContain('ClusterChanged')
})

it('SIGTERM ends everything', async () => {
  expect(await demo.close()).toEqual([0, null])
  await expect(fetch(`${demo.url}/livez`)).rejects.toThrow()
})

/** The tour's commands, and those that watch from another terminal. */
function readTour(): [tour: string, watch: string] {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8')
  const block = /```sh\n(ask\(\)[\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const [tour = '', watch = ''] = block.split('# Watch:')
  return [tour, watch.slice(watch.indexOf('\n') + 1)]
}

/** Runs what a reader types, on the demo of this test. Answers what it prints. */
async function runShell(typed: string): Promise<string> {
  const script = typed
    .replaceAll('http://127.0.0.1:4000', demo.url)
    .replaceAll('.flotilla/admin-token', '"$FLOTILLA_HOME/admin-token"')
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...demo.env },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}
