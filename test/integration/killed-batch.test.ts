import { TAKE_PLACEMENT_LOCK } from '@flotilla/prisma/placement/placement-lock'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SHORT_LEASES } from '../testkit/patches/short-leases.ts'
import { patchedEnv } from '../testkit/patches/source-patch.ts'
import { type Stack, startStack } from '../testkit/stack.ts'
import { CREATE_VOLUME, type CreateVolumeAnswer, waitForRest } from '../testkit/volumes.ts'
import { waitUntil } from '../testkit/wait-until.ts'
import { checkFleet } from '../verify/check-fleet.ts'

const LOST = Array.from({ length: 10 }, (_, number) => `lost-${number}`)

let stack: Stack
const holders: pg.Client[] = []

beforeAll(async () => {
  stack = await startStack({ fleet: { clusters: 3, seed: 5 }, env: patchedEnv(SHORT_LEASES) })
})

afterAll(async () => {
  await Promise.all(holders.map((holder) => holder.end()))
  await stack?.close()
})

it('C1: a server that is killed in the middle of a batch leaves nothing of it; the same keys then make one volume each', async () => {
  // Polls would take part in the locks.
  await stack.worker.stop('SIGKILL')
  // While one request stands at the lock, the others gather to one batch, which a second holder keeps from beginning.
  const first = await holdPlacementLock()
  const alone = send('alone')
  await waitUntil('the first request to stand at the lock', async () => (await standingAtLock()) === 1)
  const lost = LOST.map(send)
  await stack.api.ask('{ fleet { clusterCount } }')
  const secondHolder = holdPlacementLock()
  await waitUntil('the second holder to stand behind it', async () => (await standingAtLock()) === 2)
  await first.release()
  const second = await secondHolder
  expect((await alone)?.createVolume.volume?.state).toBe('CREATING')

  // The charge comes last: by then volumes, decisions, operations and events are written.
  const ledger = await hold((holder) => holder.query('SELECT 1 FROM cluster_capacity FOR UPDATE'))
  await second.release()
  await waitUntil('the batch to have written all but its charge', async () => {
    const written = await writtenByPlacer()
    return ['placement_decision', 'volume', 'operation', 'event'].every((table) => written.includes(table))
  })
  await stack.server.stop('SIGKILL')
  await ledger.release()
  expect(await Promise.all(lost)).toEqual(LOST.map(() => null))
  await waitUntil(
    'PostgreSQL to have noticed that it is gone',
    async () => (await writtenByPlacer()).length === 0,
  )
  expect(await traces()).toEqual({ volumes: 1n, operations: 1n, decisions: 1n, batches: 1n })

  await Promise.all([stack.server.start(), stack.worker.start()])
  const keys = ['alone', ...LOST]
  const answers = await Promise.all([...keys, ...keys].map(insist))
  const ids = answers.map(({ createVolume }) => createVolume.volume?.id)
  expect(new Set(ids).size).toBe(keys.length)
  expect(ids.slice(keys.length)).toEqual(ids.slice(0, keys.length))
  await waitForRest(stack)
  expect(await traces()).toMatchObject({ volumes: BigInt(keys.length), operations: BigInt(keys.length) })
  expect(await checkFleet(stack)).toEqual([])
})

const inputOf = (key: string) => ({ input: { idempotencyKey: key, name: key, sizeBytes: '1GiB' } })

/** Null when the server did not live to answer. */
function send(key: string): Promise<CreateVolumeAnswer | null> {
  return stack.api.ask<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key)).catch(() => null)
}

/** Figures may have grown old while nobody could write a poll's; then the caller asks again. */
function insist(key: string): Promise<CreateVolumeAnswer> {
  return waitUntil(`volume ${key} to be accepted`, async () => {
    const answer = await stack.api.insist<CreateVolumeAnswer>(CREATE_VOLUME, inputOf(key))
    return answer.createVolume.volume && answer
  })
}

/** Has the lock on a connection of its own until `release`. */
async function hold(take: (holder: pg.Client) => Promise<unknown>): Promise<{ release(): Promise<unknown> }> {
  const holder = new pg.Client({ connectionString: stack.connectionString })
  holders.push(holder)
  await holder.connect()
  await holder.query('BEGIN')
  await take(holder)
  return { release: () => holder.query('COMMIT') }
}

const holdPlacementLock = () => hold((holder) => holder.query(TAKE_PLACEMENT_LOCK))

/** The placement lock is the only advisory one that this test sees taken. */
async function standingAtLock(): Promise<number> {
  const { rows } = await stack.sql.query<{ count: bigint }>(
    `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
  )
  return Number(rows[0]?.count)
}

/** Tables that the holder of the placement lock has changed in its transaction. */
async function writtenByPlacer(): Promise<readonly string[]> {
  const { rows } = await stack.sql.query<{ table: string }>(
    `SELECT DISTINCT relation::regclass::text AS table FROM pg_locks
     WHERE mode = 'RowExclusiveLock' AND granted AND locktype = 'relation' AND pid IN (
       SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`,
  )
  return rows.map(({ table }) => table)
}

async function traces() {
  const { rows } = await stack.sql.query<Record<'volumes' | 'operations' | 'decisions' | 'batches', bigint>>(
    `SELECT (SELECT count(*) FROM volume) AS volumes,
            (SELECT count(*) FROM operation WHERE kind = 'CREATE_VOLUME') AS operations,
            (SELECT count(*) FROM placement_decision) AS decisions,
            (SELECT count(*) FROM placement_batch) AS batches`,
  )
  return rows[0]
}
