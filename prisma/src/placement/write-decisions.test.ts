import type { DecisionId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, type TestFleet } from '../testing/test-fleet.ts'
import { readDecisions } from './read-decisions.ts'
import { readSnapshot } from './read-snapshot.ts'
import { rememberedViews } from './remembered-views.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  await fleet.addCluster()
  await fleet.addCluster()
})

const place = async () => (await fleet.place(createIntent())).decision

async function viewCount(): Promise<bigint | undefined> {
  const { rows } = await pool.query<{ count: bigint }>('SELECT count(*) FROM placement_view')
  return rows[0]?.count
}

async function expectReplay(decision: { readonly id: DecisionId }): Promise<void> {
  expect(await readDecisions(pool, [decision.id])).toEqual([decision])
}

test('many batches share a view, and every one replays from it', async () => {
  const decisions = []
  for (let batch = 0; batch < 6; batch++) decisions.push(await place())
  expect(await viewCount()).toBe(1n)
  for (const decision of decisions) await expectReplay(decision)
})

test('another member of the fleet, or another revision of the policy, is a new view', async () => {
  await place()
  await fleet.addCluster()
  await expectReplay(await place())
  expect(await viewCount()).toBe(2n)
  await pool.query(`INSERT INTO policy_revision (name, revision, document, created_by)
                    VALUES ('default', 2, '{"name": "default", "description": "second"}', 'test')`)
  await pool.query(`UPDATE policy SET current_revision = 2 WHERE name = 'default'`)
  await expectReplay(await place())
  expect(await viewCount()).toBe(3n)
})

test('a view that never came to be, as its transaction was rolled back, is written anew', async () => {
  await place()
  const { candidates, policy } = await inTransaction(pool, async (client) => {
    const policy = await fleet.policies.readCurrent(client, 'default')
    if (!policy) throw new Error('there is no default policy')
    return { policy, ...(await readSnapshot(client, policy)) }
  })
  rememberedViews(db.database).remember(policy, candidates, 'rolled-back')
  await expectReplay(await place())
  expect(await viewCount()).toBe(2n)
})

test('a batch from before views, with the whole fleet and policy in it, replays', async () => {
  const decision = await place()
  const { rows } = await pool.query('SELECT fleet, policy FROM placement_view')
  const { clusters, ...columns } = rows[0].fleet
  const figure = (name: string, place: number) => columns[name].split(' ')[place]
  const bytes = (name: string, place: number) => ({ $n: figure(name, place) })
  const candidates = clusters.map((cluster: object, place: number) => ({
    ...cluster,
    recentBytes: bytes('recentBytes', place),
    figures: {
      provisionedBytes: bytes('provisionedBytes', place),
      pendingBytes: bytes('pendingBytes', place),
      effectiveBytes: bytes('effectiveBytes', place),
      freeBytes: bytes('freeBytes', place),
      maxReplicas: Number(figure('maxReplicas', place)),
      volumeCount: Number(figure('volumeCount', place)),
      observedAtMs: Number(figure('observedAtMs', place)),
    },
  }))
  await pool.query('UPDATE placement_batch SET view_id = NULL, candidates = $1, policy = $2', [
    JSON.stringify(candidates),
    JSON.stringify(rows[0].policy),
  ])
  await expectReplay(decision)
})
