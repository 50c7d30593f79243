import { InvalidInputError, InvalidStateError, NotFoundError } from '@flotilla/core/errors'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import type { PolicyReader, PolicyStore } from '@flotilla/core/ports/policy-store'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { connectDatabase } from '../database/connect.ts'
import { createPolicyReader } from '../policies/policy-reader.ts'
import { createPolicyStore } from '../policies/policy-store.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  foreignVolume,
  newOperation,
  type TestFleet,
  TIB,
} from '../testing/test-fleet.ts'
import { createGroupPlacement } from './group-placement.ts'
import { placeBatch } from './place-batch.ts'
import { readDecisions } from './read-decisions.ts'
import { recordShadow } from './record-shadow.ts'
import { createShadowComparison, type ShadowComparison } from './shadow-comparison.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let store: PolicyStore
let reader: PolicyReader
let faults: Error[]
let shadows: ShadowComparison

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  store = createPolicyStore(db.database, db.bus)
  reader = createPolicyReader(db.database)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  faults = []
  shadows = createShadowComparison(db.database, (error) => faults.push(error))
})
afterEach(async () => {
  await shadows.close()
  await assertLedger(pool)
})

const REQUIRES_GOLD = {
  name: 'gold-only',
  require: [{ key: 'tier', operator: 'In' as const, values: ['gold'] }],
}

const create = (document: PolicyDocument) => store.create(document, newOperation())

/** Two clusters, of which only the smaller one is gold: the default policy takes the other one first. */
async function addGoldAndPlain() {
  const gold = await fleet.addCluster()
  const plain = await fleet.addCluster({ effectiveBytes: 100n * TIB, freeBytes: 100n * TIB })
  await pool.query(`UPDATE cluster SET labels = '{"tier": "gold"}' WHERE id = $1`, [gold])
  return { gold, plain }
}

const place = (intents = [createIntent()], beside = shadows, database = db.database) =>
  placeBatch(database, fleet.policies, 'default', intents, beside)

async function shadow(name = 'default') {
  const [found] = await reader.shadowsByPolicies([name])
  return found
}

/** What the comparison has come to once nothing waits. */
async function settled(expected: object) {
  await expect.poll(() => shadow(), { timeout: 20_000 }).toMatchObject(expected)
}

test('what differs is counted and recorded with both choices and ratios; the decisions are the active policy’s', async () => {
  const { gold, plain } = await addGoldAndPlain()
  await create(REQUIRES_GOLD)
  expect(await store.setShadow('default', 'gold-only', newOperation())).toMatchObject({
    policy: { policy: { name: 'default' } },
    operation: { kind: 'SET_SHADOW_POLICY', state: 'SUCCEEDED', policyName: 'default' },
  })
  const tooLarge = createIntent({ sizeBytes: 30n * TIB })
  const answers = await place([createIntent({ sizeBytes: TIB }), tooLarge])
  expect(answers).toMatchObject([
    { placed: { volume: { clusterId: plain } } },
    { placed: { volume: { clusterId: plain } } },
  ])
  await settled({ decisions: 2, differences: 2, refusalsOnlyByShadow: 1, refusalsOnlyByActive: 0 })
  const recorded = await reader.shadowDifferences('default', 10)
  expect(recorded).toMatchObject([
    { decisionId: tooLarge.decisionId, clusterId: plain, shadowClusterId: null, shadowRatio: null },
    { clusterId: plain, shadowClusterId: gold, policyRevision: 1, shadowRevision: 1 },
  ])
  expect(recorded[1]).toMatchObject({ ratio: 0.02, shadowRatio: 0.2 })
  expect(faults).toEqual([])
})

test('a refusal only by the active policy is counted as that; the record of the batch replays', async () => {
  await fleet.addCluster()
  await create({
    name: 'wide',
    limits: { maxProvisionedRatio: { create: '9', resize: '9' }, minFreeRatio: '0' },
  })
  await store.setShadow('default', 'wide', newOperation())
  const intent = createIntent({ sizeBytes: 12n * TIB })
  expect(await place([intent])).toMatchObject([{ kind: 'REFUSED' }])
  await settled({ decisions: 1, differences: 1, refusalsOnlyByShadow: 0, refusalsOnlyByActive: 1 })
  expect(await readDecisions(pool, [intent.decisionId])).toMatchObject([{ clusterId: null }])
})

test('a shadow that limits volumes sees those that no inventory contains, although the active policy does not ask', async () => {
  const id = await fleet.addCluster()
  await fleet.observe(id, [foreignVolume('other')])
  await create({ name: 'few', limits: { maxVolumesPerCluster: 3 } })
  await store.setShadow('default', 'few', newOperation())
  for (let number = 0; number < 3; number++) await place()
  await settled({ decisions: 3, differences: 1, refusalsOnlyByShadow: 1 })
})

test('a shadow that shares sees recent placements, although the active policy does not share', async () => {
  const { gold, plain } = await addGoldAndPlain()
  await create({ name: 'shared', share: { cap: '0.5', windowMs: 60_000 } })
  await store.setShadow('default', 'shared', newOperation())
  await place()
  await place()
  await settled({ decisions: 2, differences: 1 })
  expect(await reader.shadowDifferences('default', 1)).toMatchObject([
    { clusterId: plain, shadowClusterId: gold },
  ])
})

const SERVERS = 3
const EACH = 40

test('counters are exact over many servers, and nothing is skipped that was compared', async () => {
  await addGoldAndPlain()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  const servers = Array.from({ length: SERVERS }, () => {
    const database = db.connect()
    const own = createShadowComparison(database, (error) => faults.push(error))
    return createGroupPlacement(database, createFleetReader(database), fleet.policies, db.bus, {
      shadows: own,
    })
  })
  const intents = Array.from({ length: SERVERS * EACH }, () => createIntent())
  await Promise.all(intents.map((intent, number) => servers[number % SERVERS]?.place(intent)))
  await settled({ decisions: SERVERS * EACH, skippedBatches: 0 })
  const { differences } = (await shadow()) ?? {}
  expect(await reader.shadowDifferences('default', 1_000)).toHaveLength(differences ?? -1)
  expect(faults).toEqual([])
}, 30_000)

test('when the shadow cannot go on, placements do; what was not compared is counted', async () => {
  await addGoldAndPlain()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  const holder = await pool.connect()
  await holder.query('BEGIN')
  // Longer than the product lets a transaction idle, on a busy machine.
  await holder.query('SET LOCAL idle_in_transaction_session_timeout = 0')
  await holder.query('SELECT 1 FROM policy_shadow FOR UPDATE')
  const batches = 40
  for (let batch = 0; batch < batches; batch++) expect(await place()).toMatchObject([{ kind: 'PLACED' }])
  expect(await shadow()).toMatchObject({ decisions: 0 })
  await holder.query('COMMIT')
  holder.release()
  await expect
    .poll(async () => {
      const { decisions = 0, skippedBatches = 0 } = (await shadow()) ?? {}
      return decisions + skippedBatches
    })
    .toBe(batches)
  const { skippedBatches } = (await shadow()) ?? {}
  expect(skippedBatches).toBeGreaterThan(10)
  expect(faults).toEqual([])
})

test('a comparison that fails is told and counted; the placement is not touched', async () => {
  await fleet.addCluster()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  await pool.query('ALTER TABLE shadow_difference RENAME TO away')
  expect(await place()).toMatchObject([{ kind: 'PLACED' }])
  await expect.poll(() => faults.length).toBe(1)
  await pool.query('ALTER TABLE away RENAME TO shadow_difference')
  await place()
  await settled({ decisions: 1, skippedBatches: 1 })
})

test('a database that has gone fails the comparison alone, and the process lives', async () => {
  await fleet.addCluster()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  const gone = connectDatabase({ connectionString: 'postgresql://nobody@127.0.0.1:1/none' })
  const own = createShadowComparison(gone, (error) => faults.push(error))
  expect(await place([createIntent()], own)).toMatchObject([{ kind: 'PLACED' }])
  await expect.poll(() => faults.length).toBe(1)
  await own.close()
  await gone.close()
})

test('the same shadow again keeps its counters; another one starts at zero; none forgets them', async () => {
  await addGoldAndPlain()
  await create(REQUIRES_GOLD)
  await create({ name: 'other' })
  await store.setShadow('default', 'gold-only', newOperation())
  await place()
  await settled({ decisions: 1 })
  await store.setShadow('default', 'gold-only', newOperation())
  expect(await shadow()).toMatchObject({ decisions: 1 })
  await store.setShadow('default', 'other', newOperation())
  expect(await shadow()).toMatchObject({ shadowName: 'other', decisions: 0, differences: 0 })
  expect(await reader.shadowDifferences('default', 10)).toEqual([])
  await store.setShadow('default', null, newOperation())
  expect(await shadow()).toBeNull()
  await place()
  expect(await shadow()).toBeNull()
})

test('what was compared for a former setting is not counted for the next one', async () => {
  await addGoldAndPlain()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  const { since } = (await shadow()) ?? { since: new Date() }
  await store.setShadow('default', null, newOperation())
  await pool.query(
    `INSERT INTO policy_shadow (policy_name, shadow_name, since) VALUES ('default', 'gold-only', $1)`,
    [new Date(since.getTime() + 1)],
  )
  const moment = { policyName: 'default', since, decidedAt: since }
  const counts = {
    decisions: 1,
    differences: 0,
    refusalsOnlyByShadow: 0,
    refusalsOnlyByActive: 0,
    skippedBatches: 0,
  }
  await recordShadow(pool, moment, counts, [])
  expect(await shadow()).toMatchObject({ decisions: 0 })
})

test('only the newest differences are kept', async () => {
  await fleet.addCluster()
  await create(REQUIRES_GOLD)
  await store.setShadow('default', 'gold-only', newOperation())
  for (let batch = 0; batch < 5; batch++) {
    await place(Array.from({ length: 250 }, () => createIntent()))
    await settled({ differences: 250 * (batch + 1) })
  }
  const recorded = await reader.shadowDifferences('default', 2_000)
  expect(recorded).toHaveLength(1_000)
  const { rows } = await pool.query(
    'SELECT count(*) FROM shadow_difference JOIN placement_decision ON id = decision_id WHERE position < 250',
  )
  expect(rows[0].count).toBe(1_000n)
}, 30_000)

test('unknown policies and a policy as its own shadow are refused with what is allowed', async () => {
  await create(REQUIRES_GOLD)
  await expect(store.setShadow('none', 'default', newOperation())).rejects.toThrow(NotFoundError)
  await expect(store.setShadow('default', 'none', newOperation())).rejects.toMatchObject({
    issues: [{ path: ['input', 'shadow'], allowed: 'gold-only' }],
  })
  await expect(store.setShadow('default', 'default', newOperation())).rejects.toThrow(InvalidInputError)
})

test('a shadow is in use and stays; a policy takes its own shadow with it', async () => {
  await create(REQUIRES_GOLD)
  await create({ name: 'tried' })
  await store.setShadow('gold-only', 'tried', newOperation())
  const deletion = store.delete('tried', null, newOperation())
  await expect(deletion).rejects.toThrow(InvalidStateError)
  await expect(deletion).rejects.toThrow('it is the shadow of gold-only')
  await store.delete('gold-only', null, newOperation())
  await store.delete('tried', null, newOperation())
  expect((await reader.listPolicies()).map(({ policy }) => policy.name)).toEqual(['default'])
})
