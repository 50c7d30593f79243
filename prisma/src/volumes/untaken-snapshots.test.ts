import type { SnapshotId, SnapshotScheduleId } from '@flotilla/core/identity/ids'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inTransaction } from '../database/transaction.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { runSchedule } from '../schedules/run-schedule.ts'
import { createScheduleStore } from '../schedules/schedule-store.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import {
  createIntent,
  createTestFleet,
  GIB,
  newOperation,
  type TestFleet,
  updateIntent,
} from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createVolumeStore } from './volume-store.ts'

const SIZE = 4n * GIB

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let volume: Volume
let older: Snapshot
let scheduleId: SnapshotScheduleId

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
}, 60_000)
afterAll(() => db.close())
beforeEach(async () => {
  await db.empty()
  await fleet.addCluster()
  volume = await fleet.addVolume({ sizeBytes: SIZE })
  older = await takeSnapshot()
  await pool.query(`UPDATE snapshot SET state = 'AVAILABLE'`)
  scheduleId = await addDueSchedule()
})

async function takeSnapshot(): Promise<Snapshot> {
  const wanted = {
    id: uuidIds.next('Snapshot'),
    volumeId: volume.id,
    name: uuidIds.next('Snapshot'),
    labels: {},
    retentionSeconds: null,
  }
  return (await createSnapshotStore(db.database, db.bus).create(wanted, newOperation())).snapshot
}

async function addDueSchedule(): Promise<SnapshotScheduleId> {
  const { schedule } = await createScheduleStore(db.database, db.bus).create(
    {
      id: uuidIds.next('SnapshotSchedule'),
      volumeId: volume.id,
      name: 'minutely',
      labels: {},
      recurrence: { kind: 'INTERVAL', everySeconds: 60, startAt: null },
      keepCount: 2,
      retentionSeconds: null,
      isPaused: false,
    },
    newOperation(),
  )
  await pool.query(`UPDATE snapshot_schedule SET next_run_at = next_run_at - interval '61 s'`)
  return schedule.id
}

/** What a snapshot comes of; all of them answer, or move on, when it is recorded. */
const PROMISES: Record<string, () => Promise<unknown>> = {
  'a snapshot': takeSnapshot,
  'a run of a schedule': () => runSchedule(db.database, scheduleId),
  'a clone of the volume': () =>
    fleet.place(
      createIntent({
        sizeBytes: SIZE,
        source: { snapshotId: uuidIds.next('Snapshot'), volumeId: volume.id },
      }),
    ),
}

const CHANGES: Record<string, () => Promise<unknown>> = {
  'a restore': () =>
    createVolumeStore(db.database, db.bus).requestRestore(volume.id, older.id, newOperation(), null),
  'a shrink': () => fleet.update(updateIntent(volume.id, { sizeBytes: GIB, force: true })),
}

const pairs = Object.keys(PROMISES).flatMap((promise) =>
  Object.keys(CHANGES).map((change) => [promise, change] as const),
)

async function untaken(): Promise<readonly SnapshotId[]> {
  const { rows } = await pool.query<{ id: SnapshotId }>(`SELECT id FROM snapshot WHERE state = 'CREATING'`)
  return rows.map(({ id }) => id)
}

async function state(): Promise<string | undefined> {
  return (await createFleetReader(db.database).volumesByIds([volume.id]))[0]?.state
}

/** Both stand at the volume's row, the first one before the second, when it is let go. */
async function inThisOrder(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const running = await inTransaction(pool, async (client) => {
    await client.query('SELECT 1 FROM volume WHERE id = $1 FOR UPDATE', [volume.id])
    const ahead = first()
    ahead.catch(() => {})
    await untilBlocked(pool, 1)
    const behind = second()
    behind.catch(() => {})
    await untilBlocked(pool, 2)
    return [ahead, behind]
  })
  return Promise.allSettled(running)
}

describe.each(pairs)('rule 1: %s and %s at once', (promise, change) => {
  const [promises, changes] = [PROMISES[promise], CHANGES[change]]
  if (!promises || !changes) throw new Error('both are listed')

  test('the snapshot comes first: the change is refused, and names it', async () => {
    const [promised, changed] = await inThisOrder(promises, changes)
    const [id] = await untaken()
    expect(promised?.status).toBe('fulfilled')
    expect(changed).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_STATE' } })
    expect(changed).toHaveProperty('reason.message', expect.stringContaining(`yet to be taken: ${id}`))
    expect(await state()).toBe('AVAILABLE')
    await pool.query(`UPDATE snapshot SET state = 'AVAILABLE'`)
    await changes()
  })

  test('the change comes first: nothing is promised before it is done', async () => {
    const [changed] = await inThisOrder(changes, promises)
    expect(changed?.status).toBe('fulfilled')
    expect(await untaken()).toEqual([])
    expect(await state()).not.toBe('AVAILABLE')
  })

  test('whoever comes first, never both', async () => {
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.allSettled(round % 2 ? [promises(), changes()] : [changes(), promises()])
      expect(outcomes.map(({ status }) => status)).toContain('fulfilled')
      expect([(await untaken()).length > 0, (await state()) !== 'AVAILABLE'].filter(Boolean)).toHaveLength(1)
      await pool.query(`UPDATE snapshot SET state = 'DELETED' WHERE state = 'CREATING'`)
      await pool.query(`UPDATE volume SET state = 'AVAILABLE', shrink_to_bytes = NULL WHERE id = $1`, [
        volume.id,
      ])
      await pool.query(`UPDATE snapshot_schedule SET next_run_at = clock_timestamp() - interval '1 s'`)
    }
  })
})

test("one whose creation is cancelled or that is deleted stands in nobody's way", async () => {
  const { id } = await takeSnapshot()
  await createSnapshotStore(db.database, db.bus).requestDeletion(id, newOperation(), null)
  await CHANGES['a restore']?.()
  expect(await state()).toBe('RESTORING')
})
