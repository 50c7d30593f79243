import { setTimeout as sleep } from 'node:timers/promises'
import { IdempotencyConflictError, InvalidInputError, InvalidStateError } from '@flotilla/core/errors'
import type { FindingId } from '@flotilla/core/identity/ids'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFindingStore } from '../findings/finding-store.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { createHostStore } from '../hosts/host-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { placeBatch } from '../placement/place-batch.ts'
import { readDecisions } from '../placement/read-decisions.ts'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  foreignVolume,
  newOperation,
  type TestFleet,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createPolicyCache } from './policy-cache.ts'
import { createPolicyReader } from './policy-reader.ts'
import { createPolicyStore } from './policy-store.ts'

const LEAST_ROUNDS = 40
const MOST_ROUNDS = 400
const LONGEST_START_MS = 4

let db: TestDatabase
let fleet: TestFleet
/** Servers side by side, each with a pool and a memory of policies of its own. */
let servers: ReturnType<typeof startServer>[]

beforeAll(async () => {
  db = await startTestDatabase()
  servers = [startServer(), startServer(), startServer()]
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  await fleet.addCluster()
  await fleet.addCluster()
})
afterEach(() => assertLedger(db.database.pool))

function startServer() {
  const database = db.connect()
  const policies = createPolicyCache()
  return {
    store: createPolicyStore(database, db.bus),
    /** Replicas are left to the policy. */
    async place(policyName: string) {
      const intent = createIntent()
      const wanted = {
        ...intent,
        policyName,
        volume: { ...intent.volume, replicas: null, compression: null },
      }
      const [answer] = await placeBatch(database, policies, policyName, [wanted])
      if (answer?.kind === 'PLACED') return answer.placed
      throw answer?.kind === 'REFUSED' ? answer.error : new Error('was answered from an earlier request')
    },
  }
}

async function afterAWhile<T>(work: () => Promise<T>): Promise<T> {
  await sleep(Math.random() * LONGEST_START_MS)
  return work()
}

/** Live volumes whose policy nobody can use any more. */
async function orphans(): Promise<unknown[]> {
  const { rows } = await db.database.pool.query(
    `SELECT id, policy_name FROM volume WHERE state NOT IN ('DELETED', 'FAILED')
     AND NOT EXISTS (SELECT 1 FROM policy WHERE policy.name = policy_name)`,
  )
  return rows
}

test('X3: a policy goes or its volumes come, never both, however often they race', async () => {
  const [first] = servers
  const seen = { deleted: 0, kept: 0 }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round >= LEAST_ROUNDS && seen.deleted > 0 && seen.kept > 0) break
    const name = `race-${round}`
    await first?.store.create({ name }, newOperation())
    const deleting = servers.map(({ store }) => afterAWhile(() => store.delete(name, null, newOperation())))
    const placing = servers.flatMap(({ place }) => [1, 2].map(() => afterAWhile(() => place(name))))
    const [deletions, placements] = await Promise.all([
      Promise.allSettled(deleting),
      Promise.allSettled(placing),
    ])
    expect(await orphans()).toEqual([])
    const placed = placements.filter(({ status }) => status === 'fulfilled').length
    const deleted = deletions.filter(({ status }) => status === 'fulfilled').length
    const kind = placed > 0 ? 'kept' : 'deleted'
    seen[kind]++
    expect({ placed, deleted }).toEqual(
      kind === 'kept' ? { placed: 6, deleted: 0 } : { placed: 0, deleted: 3 },
    )
    for (const each of [...deletions, ...placements]) {
      if (each.status === 'fulfilled') continue
      expect(each.reason).toBeInstanceOf(kind === 'kept' ? InvalidStateError : InvalidInputError)
    }
  }
  expect(Math.min(seen.deleted, seen.kept)).toBeGreaterThan(0)
}, 60_000)

test('a policy goes only when what is being adopted under it is there to be counted', async () => {
  const [server] = servers
  await server?.store.create({ name: 'gold' }, newOperation())
  const clusterId = await fleet.addCluster()
  const poll = await fleet.beginPoll(clusterId)
  const { seen } = await fleet.finishPoll(poll, [foreignVolume('theirs')])
  if (seen) await recordFindings(db.database, poll, seen)
  const { pool } = db.database
  const [finding] = (await pool.query<{ id: FindingId }>('SELECT id FROM finding')).rows
  if (!finding) throw new Error('nothing was found')
  const holder = await pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT 1 FROM cluster_capacity WHERE cluster_id = $1 FOR UPDATE', [clusterId])
  const items = [{ findingId: finding.id, name: null, volumeId: uuidIds.next('Volume'), labels: {} }]
  const adoption = { project: 'default', policyName: 'gold', items }
  const adopting = createFindingStore(db.database, db.bus).adopt(adoption, newOperation())
  await untilBlocked(pool, 1)
  const deleting = server?.store.delete('gold', null, newOperation())
  await untilBlocked(pool, 2)
  await holder.query('COMMIT')
  holder.release()
  const [adopted, deleted] = await Promise.allSettled([adopting, deleting])
  expect(adopted).toMatchObject({ value: { outcomes: [{ refusal: null }] } })
  expect(deleted).toMatchObject({ reason: expect.any(InvalidStateError) })
  expect(await orphans()).toEqual([])
})

test('X3: while a policy changes, each decision names the revision that it was made by, and replays', async () => {
  const REVISIONS = 30
  const replicasOf = (revision: number) => 1 + (revision % 3)
  const documentOf = (revision: number) => ({
    name: 'moving',
    description: `revision ${revision}`,
    defaults: { replicas: replicasOf(revision) },
  })
  const [first, second] = servers
  await first?.store.create(documentOf(1), newOperation())
  let changing = true
  const change = async () => {
    for (let revision = 2; revision <= REVISIONS; revision++) {
      const changed = await second?.store.update(documentOf(revision), revision - 1, newOperation())
      expect(changed?.policy.policy.revision).toBe(revision)
      await sleep(Math.random() * LONGEST_START_MS)
    }
    changing = false
  }
  const placeAll = async ({ place }: (typeof servers)[number]) => {
    const placed = []
    while (changing) placed.push(await place('moving'))
    return placed
  }
  const [, ...answers] = await Promise.all([change(), ...servers.map(placeAll)])
  const placed = answers.flat()

  const revisions = await createPolicyReader(db.database).policyRevisions('moving', REVISIONS)
  const madeAt = new Map(revisions.map(({ policy, createdAt }) => [policy.revision, createdAt.getTime()]))
  const ids = placed.map(({ decision }) => decision.id)
  const decisions = new Map((await readDecisions(db.database.pool, ids)).map((each) => [each.id, each]))
  for (const { volume, decision } of placed) {
    const { policyRevision } = volume
    expect(volume.replicas).toBe(replicasOf(policyRevision))
    expect(decisions.get(decision.id)).toMatchObject({ policyRevision, replicas: volume.replicas })
    const decidedAt = decision.decidedAt.getTime()
    expect(decidedAt).toBeGreaterThanOrEqual(madeAt.get(policyRevision) ?? Number.NaN)
    expect(decidedAt).toBeLessThanOrEqual(madeAt.get(policyRevision + 1) ?? Number.POSITIVE_INFINITY)
  }
  expect(new Set(placed.map(({ volume }) => volume.policyRevision)).size).toBeGreaterThan(5)
}, 60_000)

test('a key that stands for something else is a conflict, also when the two come at once', async () => {
  const [first] = servers
  const hosts = createHostStore(db.database, db.bus)
  for (let round = 0; round < 5; round++) {
    const request = newOperation()
    const other = { ...newOperation(), idempotencyKey: request.idempotencyKey }
    const host = { id: uuidIds.next('Host'), nqn: `nqn.2026-01.test:${round}`, name: null, addresses: [] }
    const answers = await Promise.allSettled([
      first?.store.create({ name: `gold-${round}` }, request),
      hosts.register(host, other),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [refused] = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(refused).toBeInstanceOf(IdempotencyConflictError)
  }
})
