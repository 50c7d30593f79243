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
afterAll(() => stack?.close(), 60_000)

/** Every poll that fails from now on, also where the next one succeeds. */
const NOTE_FAILURES = `
CREATE TABLE failed_poll (name text NOT NULL);
CREATE FUNCTION note_failed_poll() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO failed_poll VALUES (NEW.name); RETURN NULL; END $$;
CREATE TRIGGER note_failed_poll AFTER UPDATE OF poll_failures ON cluster FOR EACH ROW
  WHEN (NEW.poll_failures > OLD.poll_failures) EXECUTE FUNCTION note_failed_poll();`

/** How many polls of these clusters have failed, the fewest of one and all together. */
async function failuresOf(names: readonly string[]): Promise<{ fewest: number; all: number }> {
  const { rows } = await stack.sql.query<{ name: string; count: bigint }>(
    'SELECT name, count(*) FROM failed_poll GROUP BY name',
  )
  const counts = new Map(rows.map(({ name, count }) => [name, Number(count)]))
  const failures = names.map((name) => counts.get(name) ?? 0)
  return { fewest: Math.min(...failures), all: failures.reduce((sum, each) => sum + each, 0) }
}

/** By the name of the cluster: the number of the last poll that was applied, and when it was sent. */
async function progress(): Promise<ReadonlyMap<string, { sequence: bigint; observedAt: Date }>> {
  const { rows } = await stack.sql.query<{ name: string; sequence: bigint; at: Date }>(
    'SELECT name, sequence, observed_at AS at FROM cluster JOIN cluster_capacity ON cluster_id = id',
  )
  return new Map(rows.map(({ name, sequence, at }) => [name, { sequence, observedAt: at }]))
}

test('however many clusters hang, those that answer are observed as before', async () => {
  const dead = stack.fleet.clusters.slice(ANSWERING)
  const deadNames = dead.map(({ name }) => name)
  const answering = stack.fleet.clusters.slice(0, ANSWERING).map(({ name }) => name)
  await stack.sql.query(NOTE_FAILURES)
  await Promise.all(dead.map((cluster) => cluster.setConnectivity('silent')))
  await waitUntil(
    'every dead cluster to have failed twice',
    async () => (await failuresOf(deadNames)).fewest >= 2,
    180_000,
  )

  const [failedBefore, before] = [(await failuresOf(deadNames)).all, await progress()]
  await waitUntil(
    'further polls of dead clusters to fail',
    async () => (await failuresOf(deadNames)).all >= failedBefore + FAILED_POLLS,
    180_000,
  )
  const after = await progress()
  // Each poll takes a number, so numbers count observations only where none has failed.
  expect((await failuresOf(answering)).all).toBe(0)
  for (const name of answering) {
    const observed = Number((after.get(name)?.sequence ?? 0n) - (before.get(name)?.sequence ?? 0n))
    expect(observed, `observations of ${name}`).toBeGreaterThanOrEqual(OBSERVATIONS)
  }
  for (const name of deadNames) {
    expect(after.get(name)?.observedAt).toEqual(before.get(name)?.observedAt)
  }
}, 420_000)
