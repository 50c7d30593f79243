import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, GIB, type TestFleet } from '../testing/test-fleet.ts'
import { placeBatch } from './place-batch.ts'
import { previewPlacements } from './preview-placements.ts'

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())

async function countDecisions(): Promise<number> {
  return db.database.prisma.placementDecision.count()
}

test('a preview of many writes nothing and is what placing them comes to', async () => {
  for (let index = 0; index < 5; index++) await fleet.addCluster()
  const intents = Array.from({ length: 40 }, (_, index) =>
    createIntent({ sizeBytes: BigInt(1 + index * 7) * GIB }),
  )
  const preview = await previewPlacements(
    db.database,
    fleet.policies,
    'default',
    intents.map(({ volume }) => volume),
  )
  expect(await countDecisions()).toBe(0)
  const answers = await placeBatch(db.database, fleet.policies, 'default', intents)
  const placed = answers.flatMap((answer) => (answer.kind === 'PLACED' ? [answer.placed.decision] : []))
  const ratios = (each: { verdicts: readonly { rank: number | null; projectedRatio: unknown }[] }) =>
    each.verdicts.map(({ rank, projectedRatio }) => ({ rank, projectedRatio }))
  expect(preview.placements.map(({ outcome }) => ratios(outcome))).toEqual(placed.map(ratios))
})
