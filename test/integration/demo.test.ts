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

const OPERATIONS = '{ operations(first: 200) { nodes { id kind state error { message } } } }'
const VOLUMES = `query ($name: String!) { volumes(where: {name: {eq: $name}}) { nodes {
  state sizeBytes backendId backendName adoptedAt cluster { name } } } }`
const GIB = 1n << 30n

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
type Answer = any

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

it('the five-minute tour of the README goes through as it is typed, and does what it says', async () => {
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
  await checkOutcomes(answers.map((answer) => JSON.parse(answer).data))
  const [curl = '', load = ''] = watch.split('npm run ')
  const seen = await runShell(`timeout 20 ${curl.trim()} &\nnpm run ${load} >&2; wait`)
  expect(seen).toContain('event: next')
  expect(seen).toContain('ClusterChanged')
})

it('SIGTERM ends everything', async () => {
  expect(await demo.close()).toEqual([0, null])
  await expect(fetch(`${demo.url}/livez`)).rejects.toThrow()
})

/** What the tour says of its volume, its clone, its host, its plan and its forecast, held against the records. */
async function checkOutcomes(answers: readonly Answer[]): Promise<void> {
  const told = (field: string) => answers.flatMap((answer) => (field in answer ? [answer[field]] : []))
  const operations = await waitUntil('everything to have ended', async () => {
    const { nodes } = (await demo.api.ask<Answer>(OPERATIONS)).operations
    const isUnderWay = nodes.some(({ state }: Answer) => ['PENDING', 'RUNNING'].includes(state))
    return !isUnderWay && nodes
  })
  expect(operations.filter(({ state }: Answer) => state !== 'SUCCEEDED')).toEqual([])

  const [volume] = await volumesNamed('db-1')
  expect(volume).toMatchObject({ state: 'AVAILABLE', sizeBytes: String(600n * GIB), adoptedAt: null })
  const clones = await volumesNamed('db-1-copy')
  expect(clones).toMatchObject([
    { state: 'AVAILABLE', sizeBytes: String(500n * GIB), cluster: volume.cluster },
  ])

  const reached = told('volume').find((each) => each.connection)
  const { subsystemNqn, devicePath, instructions } = reached.connection.target
  expect(reached.attachments).toEqual([{ wantedMode: 'EXCLUSIVE', confirmedMode: 'EXCLUSIVE' }])
  expect(devicePath).toContain(volume.backendId)
  const [{ nvmeCliCommands, discoveryFile }] = instructions
  expect(nvmeCliCommands.length).toBeGreaterThan(0)
  for (const command of [...nvmeCliCommands, ...discoveryFile.trim().split('\n')]) {
    expect(command).toMatch(new RegExp(`(--nqn=| -n )${subsystemNqn.replaceAll('.', '\\.')}( |$)`))
  }

  const [{ results }] = told('adoptVolumes')
  const [foreign] = told('findings')[0].nodes
  expect(results).toMatchObject([{ refusal: null, volume: { backendName: foreign.name } }])
  const adopted = await volumesNamed(results[0].volume.name)
  expect(adopted).toMatchObject([
    {
      state: 'AVAILABLE',
      backendName: foreign.name,
      sizeBytes: foreign.observed.sizeBytes,
      cluster: foreign.cluster,
      adoptedAt: expect.any(String),
    },
  ])

  const [plan] = told('drainPlan')
  expect(plan).toMatchObject({ fits: true, volumeCount: 2, copyBytes: String(1100n * GIB), blockedCount: 2 })
  expect(plan.moves.nodes.map((move: Answer) => move.volume.name)).toEqual(['db-1', 'db-1-copy'])
  for (const { target, steps } of plan.moves.nodes) {
    expect(target.clusterName).not.toBe(volume.cluster.name)
    expect(steps.length).toBeGreaterThan(0)
  }

  const [{ capacity }, { capacityForecast }] = told('fleet')
  const promisable = (BigInt(capacity.effectiveBytes) * 3n) / 2n
  const promised = BigInt(capacity.provisionedBytes) + BigInt(capacity.pendingBytes)
  expect(capacityForecast).toMatchObject({
    promised: {
      outcome: 'NOT_ENOUGH_HISTORY',
      days: null,
      leftBytes: String(promisable - promised - 2n * 1100n * GIB),
    },
    written: { outcome: 'NOT_ENOUGH_HISTORY', days: null },
  })
}

async function volumesNamed(name: string): Promise<Answer[]> {
  return (await demo.api.ask<Answer>(VOLUMES, { name })).volumes.nodes
}

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
