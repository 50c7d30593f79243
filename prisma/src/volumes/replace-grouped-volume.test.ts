import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { PolicyDocument } from '@flotilla/core/policies/policy-document'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readDecisions } from '../placement/read-decisions.ts'
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
import { replaceVolume } from './replace-volume.ts'

let db: TestDatabase
let fleet: TestFleet
/** By cluster. */
let sites: Map<ClusterId, string>

beforeAll(async () => {
  db = await startTestDatabase()
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  fleet = createTestFleet(db)
  sites = new Map()
})
afterEach(() => assertLedger(db.database.pool))

async function addCluster(site: string): Promise<ClusterId> {
  const id = await fleet.addCluster()
  await fleet.clusters.update(id, { labels: { site } }, null, newOperation())
  sites.set(id, site)
  return id
}

const usePolicy = (spread: PolicyDocument['spread']) =>
  createPolicyStore(db.database, db.bus).create({ name: 'grouped', spread }, newOperation())

const place = async () =>
  (await fleet.place({ ...createIntent({ group: 'project/db' }), policyName: 'grouped' })).volume

/** Its cluster refuses it. */
const replace = async (id: VolumeId, database = db.database) =>
  replaceVolume(database, fleet.policies, await fleet.lease(id), { code: 'NO_SPACE', message: 'full' })

async function volume(id: VolumeId) {
  const [found] = await createFleetReader(db.database).volumesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function latestHop(id: VolumeId) {
  const [decision] = await readDecisions(db.database.pool, [(await volume(id)).decisionId ?? 'dec_none'])
  if (!decision) throw new Error(`${id} has no decision`)
  return decision
}

test('a member moves within its own site and to free ones, never to one that another member has', async () => {
  for (const site of ['a', 'a', 'b', 'b', 'c', 'c']) await addCluster(site)
  await usePolicy({ label: 'site', mode: 'ANTI_AFFINITY' })
  const [first, second] = [await place(), await place()]
  const taken = sites.get(first.clusterId)
  const visited = [second.clusterId]
  for (let hop = 1; hop <= 3; hop++) {
    expect(await replace(second.id)).toBe('REPLACED')
    const decision = await latestHop(second.id)
    expect(decision).toMatchObject({ id: second.decisionId, hop })
    const reasons = new Map(decision.verdicts.map((each) => [each.clusterId, each.rejection?.reason ?? null]))
    for (const [id, site] of sites) {
      const expected = visited.includes(id) ? 'EXCLUDED' : site === taken ? 'GROUP_LIMIT' : null
      expect(reasons.get(id)).toBe(expected)
    }
    visited.push((await volume(second.id)).clusterId)
  }
  expect(new Set(visited).size).toBe(4)
  expect(visited.map((id) => sites.get(id))).not.toContain(taken)
})

test('when only sites with members are left, a member goes nowhere rather than there', async () => {
  for (const site of ['a', 'a', 'b', 'b']) await addCluster(site)
  await usePolicy({ label: 'site', mode: 'ANTI_AFFINITY' })
  await place()
  const second = await place()
  expect(await replace(second.id)).toBe('REPLACED')
  expect(await replace(second.id)).toBe('NOWHERE')
  const last = await latestHop(second.id)
  expect(last).toMatchObject({ hop: 2, clusterId: null })
  expect(last.verdicts.map(({ rejection }) => rejection?.reason).toSorted()).toEqual([
    'EXCLUDED',
    'EXCLUDED',
    'GROUP_LIMIT',
    'GROUP_LIMIT',
  ])
})

test('N10: three clusters more are tried for a member, and no fifth one, though there are some', async () => {
  for (const site of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await addCluster(site)
  await usePolicy({ label: 'cluster', mode: 'ANTI_AFFINITY' })
  const [first, second] = [await place(), await place()]
  const visited = [second.clusterId]
  for (let hop = 1; hop <= 3; hop++) {
    expect(await replace(second.id)).toBe('REPLACED')
    visited.push((await volume(second.id)).clusterId)
  }
  expect(await replace(second.id)).toBe('NOWHERE')
  expect(new Set([first.clusterId, ...visited]).size).toBe(5)
  const { rows } = await db.database.pool.query(
    'SELECT hop, cluster_id FROM placement_decision WHERE id = $1 ORDER BY hop',
    [second.decisionId],
  )
  expect(rows).toEqual(visited.map((cluster_id, hop) => ({ hop, cluster_id })))
})

test('under SPREAD a fuller cluster without other members comes before an empty one with some', async () => {
  const alone = await addCluster('a')
  await usePolicy({ label: 'site', mode: 'SPREAD' })
  const first = await place()
  const fuller = [await addCluster('b'), await addCluster('b')]
  const others = [foreignVolume('others', { sizeBytes: 9n * TIB, replicas: 1 })]
  for (const id of fuller) await fleet.observe(id, others)
  const second = await place()
  expect(first.clusterId).toBe(alone)
  expect(fuller).toContain(second.clusterId)
  expect(await replace(second.id)).toBe('REPLACED')
  expect(fuller).toContain((await volume(second.id)).clusterId)
  expect(await replace(second.id)).toBe('REPLACED')
  expect((await volume(second.id)).clusterId).toBe(alone)
})

test('members that are refused at the same time end apart, whoever moves first', async () => {
  for (const site of ['a', 'b', 'c', 'd']) await addCluster(site)
  await usePolicy({ label: 'site', mode: 'ANTI_AFFINITY' })
  const connections = [db.connect(), db.connect(), db.connect()]
  for (let round = 0; round < 10; round++) {
    const members = await Promise.all(connections.map(place))
    const outcomes = await Promise.all(members.map(({ id }, index) => replace(id, connections[index])))
    const ends = await Promise.all(members.map(({ id }) => volume(id)))
    expect(new Set(ends.map(({ clusterId }) => sites.get(clusterId))).size).toBe(3)
    for (const [index, outcome] of outcomes.entries()) {
      const moved = ends[index]?.clusterId !== members[index]?.clusterId
      expect(outcome).toBe(moved ? 'REPLACED' : 'NOWHERE')
    }
    expect(outcomes).toContain('REPLACED')
    for (const { id } of ends) await latestHop(id)
    await db.database.pool.query(`UPDATE volume SET placement_group = 'past/' || id`)
  }
}, 20_000)
