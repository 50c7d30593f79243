import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { LedgerModel, STEP_KINDS, type Step } from '../testing/ledger-model.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet } from '../testing/test-fleet.ts'

const CLUSTERS = 2
const RUNS = 12
const STEPS = 50

let db: TestDatabase

beforeAll(async () => {
  db = await startTestDatabase()
}, 60_000)
afterAll(() => db.close())

const anyStep: fc.Arbitrary<Step> = fc.record({
  // Work is done more often than asked for, else hardly a volume gets as far as to grow.
  kind: fc.constantFrom(...STEP_KINDS, 'PLACE', 'GROW', 'ACT', 'ACT', 'ACT', 'SETTLE', 'SETTLE', 'SETTLE'),
  pick: fc.nat(100),
  gib: fc.integer({ min: 1, max: 12 }),
  replicas: fc.integer({ min: 1, max: 2 }),
  refuses: fc.constantFrom(false, false, true),
})

test('whatever comes between what, bytes are promised once and given back once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
      await db.empty()
      const model = new LedgerModel(db, createTestFleet(db))
      for (let number = 0; number < CLUSTERS; number++) await model.addCluster()
      for (const step of steps) {
        await model.take(step)
        await model.check()
      }
      await model.comeToRest()
      await model.check()
      await model.checkAtRest()
    }),
    { numRuns: RUNS, endOnFailure: true },
  )
}, 120_000)
