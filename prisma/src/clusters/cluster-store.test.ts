import type { ClusterId, FindingId } from '@flotilla/core/identity/ids'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { adoptVolumes } from '../findings/adopt-volumes.ts'
import { recordFindings } from '../findings/record-findings.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { createTestFleet, foreignVolume, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'

let db: TestDatabase
let fleet: TestFleet
let clusterId: ClusterId

beforeAll(async () => {
  db = await startTestDatabase()
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
})

/** One of somebody else's on the cluster, as a finding. */
async function findForeign(): Promise<FindingId> {
  const poll = await fleet.beginPoll(clusterId)
  const { seen } = await fleet.finishPoll(poll, [foreignVolume('db')])
  if (!seen) throw new Error('there is no inventory')
  await recordFindings(db.database, poll, seen)
  const { rows } = await db.database.pool.query<{ id: FindingId }>('SELECT id FROM finding')
  if (!rows[0]) throw new Error('nothing was found')
  return rows[0].id
}

test('a volume that is just being adopted keeps its cluster from being detached', async () => {
  const { pool } = db.database
  const volumeId = uuidIds.next('Volume')
  const item = { findingId: await findForeign(), volumeId, name: null, labels: {} }
  const adoption = { project: 'project', policyName: 'default', items: [item] }
  const refused = await inTransaction(pool, async (client) => {
    await adoptVolumes(client, adoption, 'tester')
    const refusal = expect(fleet.clusters.detach(clusterId, newOperation())).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('1 volumes of ours'),
    })
    await untilBlocked(pool, 1)
    return [refusal]
  })
  await Promise.all(refused)
  const { rows } = await pool.query(
    'SELECT state, detached_at FROM volume JOIN cluster ON cluster.id = cluster_id',
  )
  expect(rows).toEqual([{ state: 'AVAILABLE', detached_at: null }])
})
