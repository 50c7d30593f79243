import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, foreignVolume, GIB, type TestFleet } from '../testing/test-fleet.ts'
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

test('where clusters are equally good a preview says so, and placing fills the same clusters in another order', async () => {
  await db.empty()
  for (let index = 0; index < 4; index++) await fleet.addCluster()
  const intents = Array.from({ length: 8 }, () => createIntent({ sizeBytes: GIB }))
  const requests = intents.map(({ volume }) => volume)
  const preview = await previewPlacements(db.database, fleet.policies, 'default', requests)
  const ties = preview.placements.map(({ outcome }) => outcome.summary.isTie)
  expect(ties).toEqual([true, true, true, false, true, true, true, false])
  const answers = await placeBatch(db.database, fleet.policies, 'default', intents)
  const placed = answers.flatMap((answer) => (answer.kind === 'PLACED' ? [answer.placed.decision] : []))
  expect(placed.map(({ verdicts }) => verdicts[0]?.isTie)).toEqual(ties)
  const counts = (ids: readonly (string | null)[]) =>
    [...Map.groupBy(ids, (id) => id)].map(([id, each]) => `${id} ${each.length}`).toSorted()
  const chosen = placed.map(({ clusterId }) => clusterId)
  expect(counts(preview.placements.map(({ outcome }) => outcome.clusterId))).toEqual(counts(chosen))
})

/** Sizes to the byte, so that scores are never equal: ties are broken by the volume's id, which a preview does not know. */
const anyBytes = (gib: number) => fc.bigInt({ min: 1n, max: BigInt(gib) * GIB })
const anyFleet = fc.array(fc.record({ effectiveBytes: anyBytes(200), provisionedBytes: anyBytes(300) }), {
  minLength: 1,
  maxLength: 4,
})
const anyVolumes = fc.array(
  fc.record({ sizeBytes: anyBytes(60), replicas: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 12 },
)

test('whatever the fleet and what is pending there, a preview names the clusters that placing then chooses', async () => {
  const outcomes = { placed: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(anyFleet, anyVolumes, anyVolumes, async (clusters, before, wanted) => {
      await db.empty()
      for (const { effectiveBytes, provisionedBytes } of clusters) {
        const id = await fleet.register()
        const theirs = foreignVolume('theirs', { sizeBytes: provisionedBytes, replicas: 1 })
        await fleet.observe(id, [theirs], { effectiveBytes, freeBytes: effectiveBytes })
      }
      const place = (volumes: typeof wanted) =>
        placeBatch(
          db.database,
          fleet.policies,
          'default',
          volumes.map((volume) => createIntent(volume)),
        )
      await place(before)
      const requests = wanted.map((volume) => ({ ...volume, project: 'project', source: null, group: null }))
      const preview = await previewPlacements(db.database, fleet.policies, 'default', requests)
      const chosen = (await place(wanted)).map((answer) =>
        answer.kind === 'PLACED' ? answer.placed.volume.clusterId : null,
      )
      expect(preview.placements.map(({ outcome }) => outcome.clusterId)).toEqual(chosen)
      expect(preview.placements.filter(({ outcome }) => outcome.summary.isTie)).toEqual([])
      outcomes.placed += chosen.filter((each) => each !== null).length
      outcomes.refused += chosen.filter((each) => each === null).length
    }),
    { numRuns: 20, endOnFailure: true },
  )
  expect(outcomes.placed).toBeGreaterThan(10)
  expect(outcomes.refused).toBeGreaterThan(10)
}, 60_000)
