import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testkit/stack.ts'
import { waitUntil } from '../testkit/wait-until.ts'

const ANSWERING = 6
const DEAD = 60
/** Before the others die; enough that one more or less makes little. */
const OBSERVATIONS_BEFORE = 10
/** A window lasts for two rounds of all that fail and are asked at once, each as long as a request may take: ten seconds. */
const FAILED_POLLS = 32
/** Of these one will do: on a busy machine others take its time in some of them, but a dead cluster would in all. */
const WINDOWS = 6
const SHARE_OF_BEFORE = 0.7

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

interface Progress {
  /** By the database's clock. */
  readonly atMs: number
  /** By the name of the cluster: the number of the last poll that was applied, and when it was sent. */
  readonly clusters: ReadonlyMap<string, { readonly sequence: bigint; readonly observedAt: Date }>
}

async function progress(): Promise<Progress> {
  const { rows } = await stack.sql.query<{ name: string; sequence: bigint; observedAt: Date; now: Date }>(
    `SELECT name, sequence, observed_at AS "observedAt", clock_timestamp() AS now
     FROM cluster JOIN cluster_capacity ON cluster_id = id`,
  )
  return {
    atMs: Math.max(...rows.map(({ now }) => now.getTime())),
    clusters: new Map(rows.map(({ name, ...each }) => [name, each])),
  }
}

/** Of each of these clusters. Each poll takes a number, so numbers count observations only where none has failed. */
function observationsOf(names: readonly string[], since: Progress, until: Progress): readonly number[] {
  const sequence = ({ clusters }: Progress, name: string) => clusters.get(name)?.sequence ?? 0n
  return names.map((name) => Number(sequence(until, name) - sequence(since, name)))
}

/** In a second, of the one that is observed least. */
function slowestRate(names: readonly string[], since: Progress, until: Progress): number {
  return (Math.min(...observationsOf(names, since, until)) * 1_000) / (until.atMs - since.atMs)
}

test('however many clusters hang, those that answer are observed as before', async () => {
  const dead = stack.fleet.clusters.slice(ANSWERING)
  const deadNames = dead.map(({ name }) => name)
  const answering = stack.fleet.clusters.slice(0, ANSWERING).map(({ name }) => name)
  await stack.sql.query(NOTE_FAILURES)

  const alive = await progress()
  const stillAlive = await waitUntil('all to be observed for a while', async () => {
    const now = await progress()
    return Math.min(...observationsOf(answering, alive, now)) >= OBSERVATIONS_BEFORE && now
  })
  const rateBefore = slowestRate(answering, alive, stillAlive)

  await Promise.all(dead.map((cluster) => cluster.setConnectivity('silent')))
  await waitUntil(
    'every dead cluster to have failed twice',
    async () => (await failuresOf(deadNames)).fewest >= 2,
    180_000,
  )

  const before = await progress()
  let after = before
  let rate = 0
  for (let window = 0; window < WINDOWS && rate < SHARE_OF_BEFORE * rateBefore; window++) {
    const [failed, begin] = [(await failuresOf(deadNames)).all, after]
    await waitUntil(
      'further polls of dead clusters to fail',
      async () => (await failuresOf(deadNames)).all >= failed + FAILED_POLLS,
      180_000,
    )
    after = await progress()
    rate = Math.max(rate, slowestRate(answering, begin, after))
  }
  expect((await failuresOf(answering)).all).toBe(0)
  expect(rate).toBeGreaterThanOrEqual(SHARE_OF_BEFORE * rateBefore)
  for (const name of deadNames) {
    expect(after.clusters.get(name)?.observedAt).toEqual(before.clusters.get(name)?.observedAt)
  }
}, 420_000)
