import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const ANSWERING = 6
const DEAD = 60
/** Four rounds of all that fail and are asked at once, each as long as a request may take. */
const FAILED_POLLS = 64
const OBSERVATIONS = 5

let stack: Stack

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: ANSWERING + DEAD }, pollIntervalMs: 1_000 })
}, 300_000)
afterAll(() => stack.close(), 60_000)

/** By the name of the cluster: polls that failed since the last success, and observations that were applied. */
async function progress(): Promise<
  ReadonlyMap<string, { failures: number; sequence: bigint; observedAt: Date }>
> {
  const { rows } = await stack.sql.query<{ name: string; failures: number; sequence: bigint; at: Date }>(
    `SELECT name, poll_failures AS failures, sequence, observed_at AS at
     FROM cluster JOIN cluster_capacity ON cluster_id = id`,
  )
  return new Map(
    rows.map(({ name, failures, sequence, at }) => [name, { failures, sequence, observedAt: at }]),
  )
}

test('however many clusters hang, those that answer are observed as before', async () => {
  const dead = stack.fleet.clusters.slice(ANSWERING)
  const answering = stack.fleet.clusters.slice(0, ANSWERING).map(({ name }) => name)
  await Promise.all(dead.map((cluster) => cluster.setConnectivity('silent')))
  const failuresOf = (polls: Awaited<ReturnType<typeof progress>>) =>
    dead.map(({ name }) => polls.get(name)?.failures ?? 0)
  await waitUntil(
    'every dead cluster to have failed twice',
    async () => failuresOf(await progress()).every((failures) => failures >= 2),
    180_000,
  )

  const failed = async () => failuresOf(await progress()).reduce((sum, failures) => sum + failures, 0)
  const [failedBefore, before] = [await failed(), await progress()]
  await waitUntil(
    'further polls of dead clusters to fail',
    async () => (await failed()) >= failedBefore + FAILED_POLLS,
    180_000,
  )
  const after = await progress()
  for (const name of answering) {
    const observed = Number((after.get(name)?.sequence ?? 0n) - (before.get(name)?.sequence ?? 0n))
    expect(observed, `observations of ${name}`).toBeGreaterThanOrEqual(OBSERVATIONS)
    expect(after.get(name)?.failures).toBe(0)
  }
  for (const { name } of dead) {
    expect(after.get(name)?.observedAt).toEqual(before.get(name)?.observedAt)
  }
}, 420_000)
