import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Program } from '../testkit/program.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const TIB = 1n << 40n
const SERVER = new URL('../../server/src/main.ts', import.meta.url)
const WORKER = new URL('../../workers/src/main.ts', import.meta.url)

const newKey = randomBytes(32).toString('base64')
let formerKey: string
let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    fleet: { clusters: 1, capacity: { kind: 'list', bytes: [TIB] } },
    pollIntervalMs: 500,
  })
  formerKey = stack.env.FLOTILLA_MASTER_KEY ?? ''
  await stack.worker.stop()
})

afterAll(() => stack?.close())

function programWith(file: URL, FLOTILLA_MASTER_KEY: string): Program {
  const program = new Program(file, { ...stack.env, PORT: '0', FLOTILLA_MASTER_KEY })
  onTestFinished(() => program.stop('SIGKILL'))
  return program
}

async function expectRefusal(file: URL, keys: string): Promise<void> {
  const program = programWith(file, keys)
  await expect(program.start()).rejects.toThrow('ended before it was ready (1)')
  // Its end may be heard of before its last line.
  await waitUntil(
    'it to say why',
    () => program.output.includes('was sealed with another master key'),
    10_000,
  )
  expect(program.output).toContain('copy FLOTILLA_HOME/keys/master-key from a host that works on it')
  expect(program.output).not.toContain(keys)
}

interface FleetAnswer {
  readonly clusters: {
    readonly nodes: readonly {
      readonly connection: string
      readonly capacity: { readonly observedAt: string }
    }[]
  }
}

async function observedAt(): Promise<string | false> {
  const { clusters } = await stack.api.ask<FleetAnswer>(
    '{ clusters { nodes { connection capacity { observedAt } } } }',
  )
  const [cluster] = clusters.nodes
  return cluster?.connection === 'CONNECTED' && cluster.capacity.observedAt
}

/** The only worker there is opens the cluster's credential. */
async function expectPolls(keys: string): Promise<void> {
  const worker = programWith(WORKER, keys)
  await worker.start()
  const before = await observedAt()
  await waitUntil('another poll', async () => (await observedAt()) !== before && observedAt())
  await worker.stop()
}

test('a server or a worker with another master key does not start, and says what to do', async () => {
  await expectRefusal(SERVER, newKey)
  await expectRefusal(WORKER, newKey)
})

test('a key is replaced: given behind the former one, before it, and alone', async () => {
  await expectPolls(`${formerKey},${newKey}`)
  await expectPolls(`${newKey},${formerKey}`)
  await programWith(SERVER, `${newKey},${formerKey}`).start()
  await expectPolls(newKey)
  await expectRefusal(WORKER, formerKey)
})
