import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VolumeId } from '@flotilla/core/identity/ids'
import { createJobClient } from '@flotilla/workers/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiClient } from '../testkit/api-client.ts'
import { mutate } from '../testkit/data-life.ts'
import { crashOnceAt } from '../testkit/patches/crash-points.ts'
import { shiftClockAt } from '../testkit/patches/shifted-clock.ts'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { Program } from '../testkit/program.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { startWorker } from '../testkit/start-worker.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer, createVolume } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkAtRest } from './check-at-rest.ts'
import { countRequests } from './clusters.ts'

const TEN_MINUTES_MS = 600_000
/** Work in flight is given this long. */
const DRAIN_MS = 10_000

/** A worker that finds no such file stands still between its lease and its call. */
const folder = mkdtempSync(join(tmpdir(), 'flotilla-processes-'))
const mark = join(folder, 'freeze')
/** Behind every look at the clock: whoever has stood still before one of them sends nothing any more. */
const BEFORE_THE_CALL = {
  module: 'workers/src/jobs/volume-reconcile.ts',
  before: 'const created = await session.createVolume({',
}
writeFileSync(mark, 'not armed')

/** The same for a poll that has heard what its cluster says and has not written it down. */
const pollMark = join(folder, 'freeze-poll')
const BEFORE_THE_WRITING = {
  module: 'workers/src/jobs/run-poll.ts',
  before: 'const applied = await polls.apply(poll, observation, {',
}
writeFileSync(pollMark, 'not armed')

let stack: Stack

beforeAll(async () => {
  stack = await startStack({
    servers: 2,
    fleet: { clusters: 3, seed: 31 },
    env: patchedEnv([
      ...SHORT_LEASES,
      crashOnceAt(BEFORE_THE_CALL, mark, 'SIGSTOP'),
      crashOnceAt(BEFORE_THE_WRITING, pollMark, 'SIGSTOP'),
    ]),
  })
})

afterAll(async () => {
  // One that still stands still hears nothing else.
  await stack?.worker.stop('SIGKILL')
  await stack?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('R2: a job that comes many times, to two workers at once, or long after its work is done, does it once', async () => {
  const second = await startWorker(stack)
  for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 300 })
  const jobs = createJobClient({ connectionString: stack.connectionString, redisUrl: null }, () => {})
  const ids = await Promise.all(Array.from({ length: 20 }, (_, number) => create(`r2-${number}`)))
  for (let time = 0; time < 5; time++) {
    jobs.reconcileVolumes(ids)
    await sleep(60)
  }
  await untilAvailable(ids)
  for (const id of ids) expect(timesCreated(id)).toBe(1)
  const before = await leaseNumbers(ids)
  jobs.reconcileVolumes(ids)
  await jobs.close()
  await sleep(1_000)
  expect(await leaseNumbers(ids)).toEqual(before)
  for (const cluster of stack.fleet.clusters) cluster.setDelays({ createMs: 0 })
  await second.stop('SIGKILL')
})

test('R2: a worker that is frozen between lease and call, and goes on when another has done the work, changes nothing', async () => {
  const id = await freezeOverCreate('frozen')
  const other = await startWorker(stack)
  await untilAvailable([id])
  const [taken] = await leaseNumbers([id])
  expect(taken).toBeGreaterThanOrEqual(2n)
  const late = stack.fleet.clusters.map((cluster) => countRequests(cluster, ['CreateVolume']))
  await thaw()
  await waitUntil('the late create to be sent', () => late.some((count) => count() > 0))
  for (const cluster of stack.fleet.clusters) cluster.faults.clear()
  await untilAvailable([await create('after-it')])
  expect(timesCreated(id)).toBe(1)
  expect(await leaseNumbers([id])).toEqual([taken])
  await other.stop('SIGKILL')
  await checkAtRest(stack)
})

test('R2: a volume that was deleted while its worker was frozen is created late, found, and deleted again', async () => {
  const id = await freezeOverCreate('frozen-and-deleted')
  const other = await startWorker(stack)
  expect((await mutate(stack, 'deleteVolume', { id })).__typename).toBe('DeleteVolumePayload')
  await waitUntil('it to be deleted', async () => (await statesOf([id]))[0] === 'DELETED')
  await thaw()
  await waitUntil('the late create', () => timesCreated(id) === 1)
  await waitUntil('it to be gone', () =>
    stack.fleet.clusters.every((cluster) =>
      cluster.volumes().every(({ name }) => name !== backendNameOf(id)),
    ),
  )
  await other.stop('SIGKILL')
  await checkAtRest(stack)
})

test('X2: what a poll has heard is not written once a later poll was, by a worker that stood still in between', async () => {
  await stack.sql.query(RECORD_FIGURES)
  rmSync(pollMark)
  await waitUntil('a poll that has heard its cluster to stand still', () => existsSync(pollMark))
  for (const cluster of stack.fleet.clusters) {
    cluster.createForeignVolume({ name: 'meanwhile', sizeBytes: 1n << 30n, replicaCount: 1 })
  }
  const before = await pollsBegun()
  const other = await startWorker(stack)
  await waitUntil('later polls of all clusters to be written', async () => isWritten(before))
  await other.stop('SIGKILL')
  await thaw()
  const later = await pollsBegun()
  // A process asks no cluster that it is still asking, so the poll that stood still is over when it writes a later one.
  await waitUntil('its own next polls', async () => isWritten(later))
  const { rows } = await stack.sql.query<{ isOlder: boolean }>(
    'SELECT sequence <= former OR observed_at <= formerly_at AS "isOlder" FROM figures_written',
  )
  expect(rows.length).toBeGreaterThanOrEqual(2 * stack.fleet.clusters.length)
  expect(rows.filter(({ isOlder }) => isOlder)).toEqual([])
  await stack.sql.query('DROP TABLE figures_written CASCADE; DROP FUNCTION record_figures CASCADE')
  await checkAtRest(stack)
})

test('T1: server and workers with clocks ten minutes apart, one of which jumps back, place and create as ever', async () => {
  await stack.worker.stop('SIGKILL')
  const workerClock = (offsetMs: string) =>
    patchedEnv([
      shiftClockAt({ module: 'workers/src/main.ts', before: 'const env = readProcessSettings(' }, offsetMs),
    ])
  const server = new Program(new URL('../../server/src/main.ts', import.meta.url), {
    ...stack.env,
    ...patchedEnv([
      shiftClockAt(
        { module: 'server/src/main.ts', before: 'const settings = readProcessSettings(' },
        `-${TEN_MINUTES_MS}`,
      ),
    ]),
  })
  const [url, ...workers] = await Promise.all([
    server.start(),
    startWorker(stack, workerClock(`elapsedMs < 6000 ? ${TEN_MINUTES_MS} : -${TEN_MINUTES_MS}`)),
    startWorker(stack, workerClock(`-${TEN_MINUTES_MS}`)),
  ])
  const api = new ApiClient(url, stack.api.token)
  const ids: VolumeId[] = []
  for (let number = 0; number < 20; number++) {
    ids.push(await create(`t1-${number}`, number % 2 === 0 ? api : stack.api))
    await sleep(400)
  }
  await untilAvailable(ids)
  for (const id of ids) expect(timesCreated(id)).toBe(1)
  expect(await leaseNumbers(ids)).toEqual(ids.map(() => 1n))
  const { rows } = await stack.sql.query<{ age: number }>(
    `SELECT extract(epoch FROM clock_timestamp() - observed_at)::float8 AS age FROM cluster_capacity
     UNION ALL SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM volume WHERE name LIKE 't1-%'
     UNION ALL SELECT extract(epoch FROM clock_timestamp() - updated_at)::float8 FROM volume WHERE name LIKE 't1-%'`,
  )
  for (const { age } of rows) expect(Math.abs(age)).toBeLessThan(120)
  await Promise.all([server, ...workers].map((program) => program.stop('SIGKILL')))
  await stack.worker.start()
  await checkAtRest(stack)
})

test('W2: servers and workers that are restarted one after the other fail no request that cannot be sent again', async () => {
  const second = await startWorker(stack)
  let isOver = false
  const accepted: VolumeId[] = []
  const faults: string[] = []
  const client = async (number: number) => {
    for (let count = 0; !isOver; count++) {
      const name = `w2-${number}-${count}`
      const input = { idempotencyKey: name, name, sizeBytes: '1GiB' }
      for (let attempt = number; ; attempt++) {
        const api = stack.apis[attempt % stack.apis.length] ?? stack.api
        // Refused, or cut while it was not answered: the same again, to whoever is there.
        const answer = await api.send<CreateVolumeAnswer>(CREATE_VOLUME, { input }).catch(() => null)
        if (answer?.data?.createVolume.volume) {
          accepted.push(answer.data.createVolume.volume.id as VolumeId)
          break
        }
        if (answer && !isRetryable(answer)) faults.push(JSON.stringify(answer))
        await sleep(100)
      }
      await sleep(100)
    }
  }
  const clients = Promise.all([0, 1, 2, 3].map(client))
  for (const program of [...stack.servers, stack.worker, second]) {
    const tookMs = await timed(() => program.stop('SIGTERM'))
    expect(tookMs).toBeLessThan(DRAIN_MS + 1_000)
    await program.start()
  }
  isOver = true
  await clients
  expect(faults).toEqual([])
  expect(new Set(accepted).size).toBe(accepted.length)
  await untilAvailable(accepted)
  await second.stop('SIGKILL')
  await checkAtRest(stack)
})

/** Each time that a cluster's figures are written, beside what was written before. */
const RECORD_FIGURES = `
  CREATE TABLE figures_written (sequence bigint, former bigint, observed_at timestamptz, formerly_at timestamptz);
  CREATE FUNCTION record_figures() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO figures_written VALUES (NEW.sequence, OLD.sequence, NEW.observed_at, OLD.observed_at);
    RETURN NEW;
  END $$;
  CREATE TRIGGER record_figures AFTER UPDATE OF sequence ON cluster_capacity FOR EACH ROW EXECUTE FUNCTION record_figures()`

/** The number of each cluster's last poll, by the cluster. */
async function pollsBegun(): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await stack.sql.query<{ id: string; sequence: bigint }>(
    'SELECT id, poll_sequence AS sequence FROM cluster',
  )
  return new Map(rows.map(({ id, sequence }) => [id, sequence]))
}

/** Whether of every cluster a poll has been written that was begun later than these. */
async function isWritten(begun: ReadonlyMap<string, bigint>): Promise<boolean> {
  const { rows } = await stack.sql.query<{ id: string; sequence: bigint }>(
    'SELECT cluster_id AS id, sequence FROM cluster_capacity',
  )
  return rows.every(({ id, sequence }) => sequence > (begun.get(id) ?? 0n))
}

function isRetryable({
  data,
  errors,
}: {
  data?: CreateVolumeAnswer | null
  errors?: readonly { extensions?: object }[]
}): boolean {
  if (data?.createVolume.retryAfterMs !== undefined) return true
  return (
    errors?.every(({ extensions }) => extensions && 'retryable' in extensions && extensions.retryable) ??
    false
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

async function create(name: string, api = stack.api): Promise<VolumeId> {
  const { volume } = await createVolume(api, { idempotencyKey: name, name, sizeBytes: '1GiB' })
  if (!volume) throw new Error(`${name} was not placed`)
  return volume.id as VolumeId
}

/** A volume whose only worker stands still with its lease, not having called the cluster. */
async function freezeOverCreate(name: string): Promise<VolumeId> {
  rmSync(mark)
  const id = await create(name)
  await waitUntil('the worker to have the lease', async () => (await leaseNumbers([id]))[0] === 1n)
  await sleep(500)
  expect(timesCreated(id)).toBe(0)
  return id
}

async function thaw(): Promise<void> {
  const { pid } = stack.worker
  if (pid === undefined) throw new Error('the worker does not run')
  process.kill(pid, 'SIGCONT')
}

async function leaseNumbers(ids: readonly VolumeId[]): Promise<readonly (bigint | undefined)[]> {
  const { rows } = await stack.sql.query<{ id: string; lease_number: bigint }>(
    'SELECT id, lease_number FROM volume WHERE id = ANY ($1)',
    [ids],
  )
  return ids.map((id) => rows.find((row) => row.id === id)?.lease_number)
}

async function statesOf(ids: readonly VolumeId[]): Promise<readonly string[]> {
  const { rows } = await stack.sql.query<{ state: string }>('SELECT state FROM volume WHERE id = ANY ($1)', [
    ids,
  ])
  return rows.map(({ state }) => state)
}

function untilAvailable(ids: readonly VolumeId[]): Promise<unknown> {
  return waitUntil('all to be available', async () =>
    (await statesOf(ids)).every((state) => state === 'AVAILABLE'),
  )
}

const backendNameOf = (id: string) => `flo-${id.slice(4)}`

/** How often any cluster has made this volume. */
function timesCreated(id: string): number {
  return stack.fleet.clusters
    .flatMap((cluster) => cluster.history())
    .filter(({ kind, volumeName }) => kind === 'created' && volumeName === backendNameOf(id)).length
}
