import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertLedger } from '../testing/assert-ledger.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createIntent, createTestFleet, foreignVolume, GIB, type TestFleet } from '../testing/test-fleet.ts'

let db: TestDatabase
let fleet: TestFleet

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())

test('a report that has our pending volumes already, poll after poll, does not count them twice', async () => {
  const id = await fleet.addCluster()
  const others = [foreignVolume('others', { sizeBytes: 10n * GIB, replicas: 1 })]
  await fleet.observe(id, others)
  await fleet.place(createIntent({ sizeBytes: 5n * GIB, replicas: 2 }))
  for (let poll = 0; poll < 3; poll++) {
    await fleet.observe(id, others, { provisionedBytes: 20n * GIB })
    const capacity = await db.database.prisma.clusterCapacity.findUniqueOrThrow({ where: { clusterId: id } })
    expect(capacity).toMatchObject({
      provisionedBytes: 10n * GIB,
      pendingBytes: 10n * GIB,
      mismatchedPolls: 0,
    })
  }
  await assertLedger(db.database.pool)
})
