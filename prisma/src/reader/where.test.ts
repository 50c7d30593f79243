import type { TextCondition } from '@flotilla/core/ports/page'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet } from '../testing/test-fleet.ts'
import { createFleetReader } from './fleet-reader.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await startTestDatabase()
  const fleet = createTestFleet(db)
  await fleet.addCluster()
  for (const name of ['ci_1', 'ci-2', 'cinema', 'CI_3', 'a_b', 'axb', 'A_B']) await fleet.addVolume({ name })
}, 60_000)
afterAll(() => db.close())

test.each<[TextCondition, string[]]>([
  [{ startsWith: 'ci_' }, ['ci_1']],
  [{ startsWith: 'ci' }, ['ci-2', 'ci_1', 'cinema']],
  [{ startsWith: '%' }, []],
  [{ startsWith: '' }, ['A_B', 'CI_3', 'a_b', 'axb', 'ci-2', 'ci_1', 'cinema']],
  [{ startsWith: 'ci\\' }, []],
  [{ contains: '_' }, ['A_B', 'CI_3', 'a_b', 'ci_1']],
  [{ contains: 'I_' }, ['CI_3', 'ci_1']],
  [{ contains: '%' }, []],
  [{ contains: 'a\\' }, []],
  [{ eq: 'a_b', contains: 'B' }, ['a_b']],
  [{ eq: 'a\\', contains: 'a' }, []],
  [{ startsWith: 'c', contains: 'I_' }, ['ci_1']],
])('the names that fulfil %j', async (name, expected) => {
  const { items } = await createFleetReader(db.database).listVolumes(
    { name },
    { first: 100, after: null, orderBy: { field: 'NAME', direction: 'ASC' } },
  )
  expect(items.map((volume) => volume.name).sort()).toEqual(expected)
})

test('conditions on two texts hold both, and each can be turned round', async () => {
  const list = (where: object) =>
    createFleetReader(db.database)
      .listVolumes(where, { first: 100, after: null, orderBy: { field: 'NAME', direction: 'ASC' } })
      .then(({ items }) => items.map(({ name }) => name).sort())
  const [project] = await db.database.pool
    .query<{ project: string }>('SELECT DISTINCT project FROM volume')
    .then(({ rows }) => rows.map((row) => row.project))
  expect(await list({ name: { contains: '_b' }, project: { eq: project } })).toEqual(['A_B', 'a_b'])
  expect(await list({ name: { contains: '_b' }, project: { eq: 'nobody' } })).toEqual([])
  expect(await list({ not: { name: { contains: '_' } } })).toEqual(['axb', 'ci-2', 'cinema'])
})
