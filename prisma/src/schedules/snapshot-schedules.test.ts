import type { ClusterId, SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type { NewSnapshotSchedule, SnapshotScheduleStore } from '@flotilla/core/ports/schedule-store'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFindingStore } from '../findings/finding-store.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { createFleetReader } from '../reader/fleet-reader.ts'
import { createSnapshotStore } from '../snapshots/snapshot-store.ts'
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts'
import { backendVolume, createTestFleet, newOperation, type TestFleet } from '../testing/test-fleet.ts'
import { untilBlocked } from '../testing/until-blocked.ts'
import { createVolumeStore } from '../volumes/volume-store.ts'
import { runSchedule } from './run-schedule.ts'
import { createScheduleStore } from './schedule-store.ts'
import { takeDueSchedules } from './take-due.ts'

let db: TestDatabase
let pool: pg.Pool
let fleet: TestFleet
let store: SnapshotScheduleStore
let clusterId: ClusterId
let volume: Volume

beforeAll(async () => {
  db = await startTestDatabase()
  pool = db.database.pool
  fleet = createTestFleet(db)
  store = createScheduleStore(db.database, db.bus)
}, 60_000)
afterAll(() => db.close(), 60_000)
beforeEach(async () => {
  await db.empty()
  clusterId = await fleet.addCluster()
  volume = await fleet.addVolume()
})

const newSchedule = (changes: Partial<NewSnapshotSchedule> = {}): NewSnapshotSchedule => ({
  id: uuidIds.next('SnapshotSchedule'),
  volumeId: volume.id,
  name: 'minutely',
  labels: { app: 'db' },
  recurrence: { kind: 'INTERVAL', everySeconds: 60, startAt: null },
  keepCount: 2,
  retentionSeconds: null,
  isPaused: false,
  ...changes,
})

/** One that has missed so many seconds. */
async function dueSchedule(
  changes: Partial<NewSnapshotSchedule> = {},
  missedSeconds = 1,
): Promise<SnapshotSchedule> {
  const { schedule } = await store.create(newSchedule(changes), newOperation())
  await letPass(schedule.id, 60 + missedSeconds)
  return read(schedule.id)
}

async function letPass(id: SnapshotScheduleId, seconds: number): Promise<void> {
  await pool.query(
    `UPDATE snapshot_schedule SET start_at = start_at - make_interval(secs => $2),
            next_run_at = next_run_at - make_interval(secs => $2), look_at = look_at - make_interval(secs => $2)
     WHERE id = $1`,
    [id, seconds],
  )
}

async function read(id: SnapshotScheduleId): Promise<SnapshotSchedule> {
  const [found] = await createFleetReader(db.database).snapshotSchedulesByIds([id])
  if (!found) throw new Error(`there is no ${id}`)
  return found
}

async function snapshotsOf(id: SnapshotScheduleId, state?: string): Promise<Snapshot[]> {
  const { rows } = await pool.query<{ id: SnapshotId }>(
    'SELECT id FROM snapshot WHERE schedule_id = $1 AND ($2::text IS NULL OR state = $2) ORDER BY created_at, id',
    [id, state ?? null],
  )
  const found = await createFleetReader(db.database).snapshotsByIds(rows.map((row) => row.id))
  return found.filter((snapshot) => snapshot !== null)
}

/** As when the cluster has taken what was asked for. */
const settleSnapshots = () => pool.query(`UPDATE snapshot SET state = 'AVAILABLE' WHERE state = 'CREATING'`)

async function runOnce(id: SnapshotScheduleId): Promise<readonly SnapshotId[]> {
  await letPass(id, 61)
  const touched = await runSchedule(db.database, id)
  await settleSnapshots()
  return touched
}

const eventsOf = async (id: string): Promise<string[]> =>
  (
    await pool.query<{ kind: string }>('SELECT kind FROM event WHERE subject_id = $1 ORDER BY sequence', [id])
  ).rows.map(({ kind }) => kind)

test('a run records a snapshot with its operation, tells so, and moves on to the first moment after now', async () => {
  const { id } = await dueSchedule({ retentionSeconds: 600 }, 3 * 3_600)
  expect(await takeDueSchedules(pool, 8)).toEqual([id])
  const [snapshotId] = await runSchedule(db.database, id)
  const [snapshot] = await snapshotsOf(id)
  const after = await read(id)
  expect(snapshot).toMatchObject({
    id: snapshotId,
    state: 'CREATING',
    scheduleId: id,
    labels: { app: 'db' },
    retentionSeconds: 600,
    name: expect.stringMatching(/^minutely-\d{8}T\d{6}Z$/),
  })
  expect(after.lastOutcome).toMatchObject({ kind: 'TAKEN', snapshotId, reason: null })
  const [operation] = await createFleetReader(db.database).latestOperationsBySnapshotIds([
    snapshot?.id ?? 'snp_',
  ])
  expect(operation).toMatchObject({
    id: after.lastOutcome?.operationId,
    kind: 'CREATE_SNAPSHOT',
    state: 'PENDING',
    actor: id,
  })
  const { rows } = await pool.query<{ wait: number }>(
    `SELECT extract(epoch FROM next_run_at - clock_timestamp())::float8 AS wait FROM snapshot_schedule`,
  )
  expect(rows[0]?.wait).toBeGreaterThan(-1)
  expect(rows[0]?.wait).toBeLessThanOrEqual(60)
  expect(await eventsOf(id)).toEqual(['SCHEDULE_CHANGED', 'SCHEDULE_CHANGED'])
  expect(await runSchedule(db.database, id)).toEqual([])
  expect(await snapshotsOf(id)).toHaveLength(1)
})

test('of several workers at once one takes each schedule, and one runs it', async () => {
  const due = await Promise.all(
    Array.from({ length: 12 }, (_, index) => dueSchedule({ name: `s-${index}` }, 3_600)),
  )
  const workers = [db.connect(), db.connect(), db.connect()]
  const taken = await Promise.all(workers.map(({ pool: each }) => takeDueSchedules(each, 8)))
  expect(taken.flat().toSorted()).toEqual(due.map(({ id }) => id).toSorted())
  // Each has it although it was taken: as when the first was thought to be dead.
  const runs = await Promise.all(workers.flatMap((each) => due.map(({ id }) => runSchedule(each, id))))
  expect(runs.flat()).toHaveLength(12)
  for (const { id } of due) expect(await snapshotsOf(id)).toHaveLength(1)
})

test('one that was taken by a worker that died is taken again, by then', async () => {
  const { id } = await dueSchedule()
  expect(await takeDueSchedules(pool, 8)).toEqual([id])
  expect(await takeDueSchedules(pool, 8)).toEqual([])
  await pool.query(`UPDATE snapshot_schedule SET look_at = look_at - interval '10 s'`)
  expect(await takeDueSchedules(pool, 8)).toEqual([id])
})

test('a crash in the middle leaves nothing behind, and the run is made up', async () => {
  const { id, nextRunAt } = await dueSchedule()
  await pool.query(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END';
    CREATE TRIGGER crash BEFORE UPDATE OF last_outcome ON snapshot_schedule FOR EACH ROW EXECUTE FUNCTION crash()`)
  await expect(runSchedule(db.connect(), id)).rejects.toThrow()
  await pool.query('DROP FUNCTION crash CASCADE')
  expect(await snapshotsOf(id)).toEqual([])
  expect((await read(id)).nextRunAt).toEqual(nextRunAt)
  await runSchedule(db.database, id)
  expect(await snapshotsOf(id)).toHaveLength(1)
})

test('the count is kept by the ordinary deletion, oldest first, once the newer ones are there', async () => {
  const { id } = await dueSchedule()
  for (let run = 0; run < 3; run++) await runOnce(id)
  const [oldest, ...kept] = await snapshotsOf(id)
  expect(oldest?.state).toBe('AVAILABLE')
  expect(await runSchedule(db.database, id)).toEqual([oldest?.id])
  expect((await snapshotsOf(id)).map(({ state }) => state)).toEqual(['DELETING', 'AVAILABLE', 'AVAILABLE'])
  const [operation] = await createFleetReader(db.database).latestOperationsBySnapshotIds([
    oldest?.id ?? 'snp_',
  ])
  expect(operation).toMatchObject({ kind: 'DELETE_SNAPSHOT', actor: id })
  expect(await runSchedule(db.database, id)).toEqual([])
  await pool.query(`UPDATE snapshot SET state = 'LINGERING' WHERE id = $1`, [oldest?.id])
  expect(await createFleetReader(db.database).heldSnapshotsByScheduleIds([id])).toEqual([
    { available: 2, lingering: 1 },
  ])
  expect((await snapshotsOf(id, 'AVAILABLE')).map((each) => each.id)).toEqual(kept.map((each) => each.id))
})

test('one that a clone is being made from stays until that is done', async () => {
  const { id } = await dueSchedule({ keepCount: 1 })
  await runOnce(id)
  const [first] = await snapshotsOf(id)
  const clone = await fleet.addVolume()
  await pool.query(`UPDATE volume SET source_snapshot_id = $1, state = 'CREATING' WHERE id = $2`, [
    first?.id,
    clone.id,
  ])
  await runOnce(id)
  expect(await runSchedule(db.database, id)).toEqual([])
  await pool.query(`UPDATE volume SET state = 'AVAILABLE' WHERE id = $1`, [clone.id])
  expect(await runSchedule(db.database, id)).toEqual([first?.id])
})

test('a volume that is at work is waited for, which is told once; then it is taken once', async () => {
  const { id } = await dueSchedule({}, 600)
  await pool.query(`UPDATE volume SET state = 'RESIZING'`)
  for (let look = 0; look < 3; look++) expect(await runSchedule(db.database, id)).toEqual([])
  const waiting = await read(id)
  expect(waiting.lastOutcome).toMatchObject({ kind: 'WAITING', snapshotId: null })
  expect(waiting.lastRunAt).toBeNull()
  expect(await eventsOf(id)).toHaveLength(2)
  await pool.query(`UPDATE volume SET state = 'AVAILABLE'`)
  expect(await runSchedule(db.database, id)).toHaveLength(1)
  expect(await runSchedule(db.database, id)).toEqual([])
  expect((await read(id)).lastOutcome?.kind).toBe('TAKEN')
})

test('while the snapshot before is still to be taken, moments are skipped', async () => {
  const { id } = await dueSchedule()
  await runSchedule(db.database, id)
  await letPass(id, 600)
  await runSchedule(db.database, id)
  expect((await read(id)).lastOutcome).toMatchObject({ kind: 'SKIPPED', snapshotId: null })
  expect(await snapshotsOf(id)).toHaveLength(1)
})

test('a name that somebody has taken costs the moment its snapshot, not the schedule', async () => {
  const { id, nextRunAt } = await dueSchedule()
  const name = `minutely-${nextRunAt?.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const wanted = {
    id: uuidIds.next('Snapshot'),
    volumeId: volume.id,
    name,
    labels: {},
    retentionSeconds: null,
  }
  await createSnapshotStore(db.database, db.bus).create(wanted, newOperation())
  await runSchedule(db.database, id)
  expect((await read(id)).lastOutcome).toMatchObject({
    kind: 'SKIPPED',
    reason: expect.stringContaining(name),
  })
  await runOnce(id)
  expect((await read(id)).lastOutcome?.kind).toBe('TAKEN')
})

test('one that is changed while it is about to run runs as it is then', async () => {
  const { id } = await dueSchedule()
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query('SELECT 1 FROM snapshot_schedule WHERE id = $1 FOR UPDATE', [id])
  const running = runSchedule(db.database, id)
  await untilBlocked(pool, 1)
  await other.query(
    'UPDATE snapshot_schedule SET is_paused = true, next_run_at = NULL, look_at = NULL WHERE id = $1',
    [id],
  )
  await other.query('COMMIT')
  other.release()
  expect(await running).toEqual([])
  expect(await snapshotsOf(id)).toEqual([])
})

const deleteVolume = (id: VolumeId) =>
  createVolumeStore(db.database, db.bus).requestDeletion(id, newOperation(), null, true)

test.each<[how: string, go: () => Promise<unknown>]>([
  ['is deleted', () => deleteVolume(volume.id)],
  ['is released with its cluster', () => fleet.clusters.detach(clusterId, newOperation(), true)],
  [
    'was lost and is forgotten',
    async () => {
      await fleet.observe(clusterId, [])
      await fleet.observe(clusterId, [])
      await createFindingStore(db.database, db.bus).forget(volume.id, newOperation(), null)
    },
  ],
])('schedules go with a volume that %s', async (_how, go) => {
  const { id } = await dueSchedule()
  await go()
  expect(await read(id)).toMatchObject({ deletedAt: expect.any(Date), nextRunAt: null })
  expect(await takeDueSchedules(pool, 8)).toEqual([])
  expect(await runSchedule(db.database, id)).toEqual([])
  expect(await eventsOf(id)).toHaveLength(2)
})

test('a volume that is made anew keeps what is left of the lost one: no schedule takes its place', async () => {
  const { id } = await dueSchedule({ keepCount: 1 })
  const byTime = await dueSchedule({ name: 'by-time', keepCount: null, retentionSeconds: 3_600 })
  await runOnce(id)
  const left = (await snapshotsOf(id, 'AVAILABLE')).map((snapshot) => snapshot.id)
  expect(left).toHaveLength(1)
  await fleet.observe(clusterId, [])
  await fleet.observe(clusterId, [])
  await createFindingStore(db.database, db.bus).recreate(volume.id, newOperation(), null)
  expect(await read(id)).toMatchObject({ isPaused: true, nextRunAt: null, revision: 2 })
  expect(await eventsOf(id)).toHaveLength(3)
  expect(await read(byTime.id)).toMatchObject({ isPaused: false, revision: 1 })
  await fleet.settle(await fleet.lease(volume.id), { kind: 'PRESENT', backend: backendVolume(volume) })
  for (let run = 0; run < 3; run++) await runOnce(id)
  expect((await snapshotsOf(id, 'AVAILABLE')).map((snapshot) => snapshot.id)).toEqual(left)
})

test('one whose volume has gone by any other way ends at its next look', async () => {
  const { id } = await dueSchedule()
  await pool.query(`UPDATE volume SET state = 'FAILED'`)
  await runSchedule(db.database, id)
  expect((await read(id)).deletedAt).not.toBeNull()
})

test('a request is answered again under its key; another input under it is a conflict', async () => {
  const wanted = newSchedule()
  const under = newOperation()
  const first = await store.create(wanted, under)
  expect(await store.create({ ...wanted, id: uuidIds.next('SnapshotSchedule') }, under)).toEqual(first)
  await expect(store.create(wanted, { ...under, inputFingerprint: 'other' })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  })
})

test('of several with one name on a volume at once one is made; a deleted one frees its name', async () => {
  const answers = await Promise.allSettled([1, 2, 3].map(() => store.create(newSchedule(), newOperation())))
  const made = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(made).toHaveLength(1)
  const [first] = made
  if (!first) return
  await expect(store.create(newSchedule(), newOperation())).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    takenBy: first.schedule.id,
  })
  await store.delete(first.schedule.id, false, 1, newOperation())
  await store.create(newSchedule(), newOperation())
})

test('deleted with its snapshots, it takes all or, while one is being read from, nothing', async () => {
  const { id } = await dueSchedule()
  await runOnce(id)
  await runOnce(id)
  const [first] = await snapshotsOf(id)
  const remove = () => store.delete(id, true, null, newOperation({ actor: 'tester' }))
  await pool.query(`UPDATE volume SET restore_snapshot_id = $1, state = 'RESTORING'`, [first?.id])
  await expect(remove()).rejects.toMatchObject({ code: 'INVALID_STATE' })
  expect((await read(id)).deletedAt).toBeNull()
  expect(await snapshotsOf(id, 'AVAILABLE')).toHaveLength(2)
  await pool.query(`UPDATE volume SET restore_snapshot_id = NULL, state = 'AVAILABLE'`)
  const { snapshotIds } = await remove()
  expect(snapshotIds).toHaveLength(2)
  expect(await snapshotsOf(id, 'DELETING')).toHaveLength(2)
  const [operation] = await createFleetReader(db.database).latestOperationsBySnapshotIds([
    first?.id ?? 'snp_',
  ])
  expect(operation).toMatchObject({ kind: 'DELETE_SNAPSHOT', actor: 'tester' })
})
