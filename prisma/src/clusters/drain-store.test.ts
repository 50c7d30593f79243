import { InvalidStateError } from '@flotilla/core/errors'
import type { ClusterId, OperationId } from '@flotilla/core/identity/ids'
import type { DrainStore } from '@flotilla/core/ports/drain-store'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createOperationStore } from '../operations/operation-store.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { advanceDrains } from './advance-drains.ts'
import { createDrainStore } from './drain-store.ts'

let db: TestDatabase
let fleet: TestFleet
let drains: DrainStore
let clusterId: ClusterId

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
  drains = createDrainStore(db.database, db.bus)
}, 300_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})

/** Looks whether anything is left, and is stopped between its decision and its commit until the cancellation has come. */
async function cancelWhileItEnds(drainId: OperationId, cancel: () => Promise<unknown>): Promise<unknown> {
  const { pool } = db.database
  const holder = await pool.connect()
  const cancelling = async () => {
    try {
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM cluster_drain WHERE operation_id = $1 FOR UPDATE', [drainId])
      const advancing = advanceDrains(pool)
      await untilBlocked(pool, 1)
      const refused = cancel().catch((error: unknown) => error)
      await untilBlocked(pool, 2)
      return { advancing, refused }
    } finally {
      await holder.query('COMMIT')
      holder.release()
    }
  }
  const { advancing, refused } = await cancelling()
  expect(await advancing).toBe(true)
  return refused
}

test.each<[asked: string, cancel: (drainId: OperationId) => Promise<unknown>]>([
  ['of its cluster', () => drains.cancel(clusterId, newOperation())],
  [
    'as an operation',
    (id) => createOperationStore(db.database, db.bus).cancel(id, newOperation({ formerId: id })),
  ],
])('a drain that ends just then is not cancelled, asked %s', async (_asked, cancel) => {
  const { operation } = await drains.start(clusterId, newOperation(), null, null)
  const refused = await cancelWhileItEnds(operation.id, () => cancel(operation.id))
  expect(refused).toBeInstanceOf(InvalidStateError)
  const { rows } = await db.database.pool.query(
    `SELECT kind, operation.state, admin_state FROM operation JOIN cluster ON cluster.id = cluster_id
     WHERE kind IN ('DRAIN_CLUSTER', 'CANCEL_OPERATION')`,
  )
  expect(rows).toEqual([{ kind: 'DRAIN_CLUSTER', state: 'SUCCEEDED', admin_state: 'DRAINING' }])
})
