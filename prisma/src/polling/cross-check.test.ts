import type { ClusterId } from '@flotilla/core/identity/ids'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
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

/** What a poll decides at its begin, then a whole one. */
async function look(id: ClusterId, inventory: readonly BackendVolume[], provisionedBytes: bigint) {
  const poll = await fleet.beginPoll(id)
  await fleet.finishPoll(poll, inventory, { provisionedBytes })
  return poll.inventoryDue
}

test('what was deleted between inventory and report is read again at the next poll, not at the next due inventory', async () => {
  const id = await fleet.addCluster()
  const [first, second] = ['first', 'second'].map((name) => foreignVolume(name, { replicas: 1 }))
  if (!first || !second) throw new Error('two volumes were made')
  expect(await look(id, [first, second], 2n * GIB)).toBe(false)
  expect(await look(id, [first, second], GIB)).toBe(false)
  expect(await look(id, [first], GIB)).toBe(true)
  expect(await look(id, [first], GIB)).toBe(false)
})

test.each([
  ['within tolerance', 999n],
  ['beyond it', 900n],
])(
  'a difference that stays the same, %s, does not have the inventory read at every poll',
  async (_name, gib) => {
    const id = await fleet.addCluster()
    const inventory = [foreignVolume('odd', { sizeBytes: gib * GIB, replicas: 1 })]
    for (let poll = 0; poll < 4; poll++) await look(id, inventory, 1000n * GIB)
    expect((await fleet.beginPoll(id)).inventoryDue).toBe(false)
  },
)
