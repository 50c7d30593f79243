import { InvalidStateError, NameTakenError, NotFoundError } from '@flotilla/core/errors'
import type { SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type { OperationKind } from '@flotilla/core/operations/operation'
import type { NewChange } from '@flotilla/core/ports/new-change'
import type {
  ChangedSchedule,
  NewSnapshotSchedule,
  SnapshotScheduleStore,
} from '@flotilla/core/ports/schedule-store'
import { changeSchedule } from '@flotilla/core/schedules/change-schedule'
import { nextRun } from '@flotilla/core/schedules/next-run'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { Volume } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import type { EventBus } from '../events/event-bus.ts'
import { recordChange } from '../operations/record-change.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { refuseOtherRevision } from '../volumes/refuse-other-revision.ts'
import { deleteSnapshots } from './delete-snapshots.ts'
import { END_SCHEDULE } from './end-schedules.ts'
import { lockSchedule } from './lock-schedule.ts'
import { readTaken } from './read-taken.ts'
import { recurrenceValues, writeSchedule } from './write-schedule.ts'

export function createScheduleStore(database: Database, bus: EventBus): SnapshotScheduleStore {
  const change = async (
    kind: OperationKind,
    operation: NewChange,
    work: (client: pg.ClientBase) => Promise<SnapshotSchedule>,
  ): Promise<ChangedSchedule> => {
    const changed = await recordChange(database.pool, {
      kind,
      operation,
      work,
      subjectOf: ({ id }) => ({ scheduleId: id }),
      find: async (client, { scheduleId }) => scheduleId && (await lockSchedule(client, scheduleId)).schedule,
    })
    bus.publish()
    return { schedule: changed.record, operation: changed.operation }
  }

  return {
    create: (wanted, operation) =>
      change('CREATE_SNAPSHOT_SCHEDULE', operation, async (client) => {
        const volume = await lockVolume(client, wanted.volumeId, ['input', 'volumeId'])
        refuseVolume(volume)
        await refuseTakenName(client, wanted.volumeId, wanted.name, null)
        return insert(client, wanted, volume.project)
      }),

    update: (id, changes, expectedRevision, operation) =>
      change('UPDATE_SNAPSHOT_SCHEDULE', operation, async (client) => {
        const { schedule, now } = await lockSchedule(client, id)
        if (schedule.deletedAt) throw new NotFoundError(`${id} has been deleted`, ['input', 'id'])
        refuseOtherRevision(schedule, expectedRevision)
        if (changes.name !== undefined) await refuseTakenName(client, schedule.volumeId, changes.name, id)
        return update(client, changeSchedule(schedule, changes, now))
      }),

    async delete(id, withSnapshots, expectedRevision, operation) {
      let snapshotIds: readonly SnapshotId[] = []
      const deleted = await change('DELETE_SNAPSHOT_SCHEDULE', operation, async (client) => {
        const { schedule } = await lockSchedule(client, id)
        if (schedule.deletedAt) return schedule
        refuseOtherRevision(schedule, expectedRevision)
        const taken = withSnapshots ? await readTaken(client, id) : []
        snapshotIds = taken.map((snapshot) => snapshot.id)
        await deleteSnapshots(client, snapshotIds, operation.actor)
        return writeSchedule(client, `UPDATE snapshot_schedule SET ${END_SCHEDULE} WHERE id = $1`, [id])
      })
      return { ...deleted, snapshotIds }
    },
  }
}

async function insert(
  client: pg.ClientBase,
  wanted: NewSnapshotSchedule,
  project: string,
): Promise<SnapshotSchedule> {
  const now = await readClock(client)
  const recurrence = { ...wanted.recurrence, startAt: wanted.recurrence.startAt ?? now }
  const nextRunAt = wanted.isPaused ? null : nextRun(recurrence, now)
  return writeSchedule(
    client,
    `INSERT INTO snapshot_schedule (id, volume_id, project, name, labels, every_seconds, pattern, time_zone, start_at,
                                    keep_count, retention_seconds, is_paused, next_run_at, look_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [
      wanted.id,
      wanted.volumeId,
      project,
      wanted.name,
      JSON.stringify(wanted.labels),
      ...recurrenceValues(recurrence),
      wanted.keepCount,
      wanted.retentionSeconds,
      wanted.isPaused,
      nextRunAt,
    ],
  )
}

/** Looked at once more at once: fewer may be kept from now on. */
function update(client: pg.ClientBase, schedule: SnapshotSchedule): Promise<SnapshotSchedule> {
  return writeSchedule(
    client,
    `UPDATE snapshot_schedule SET name = $2, labels = $3::jsonb, every_seconds = $4, pattern = $5, time_zone = $6,
            start_at = $7, keep_count = $8, retention_seconds = $9, is_paused = $10, next_run_at = $11,
            look_at = clock_timestamp(), revision = revision + 1, updated_at = clock_timestamp()
     WHERE id = $1`,
    [
      schedule.id,
      schedule.name,
      JSON.stringify(schedule.labels),
      ...recurrenceValues(schedule.recurrence),
      schedule.keepCount,
      schedule.retentionSeconds,
      schedule.isPaused,
      schedule.nextRunAt,
    ],
  )
}

async function readClock(client: pg.ClientBase): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp()::timestamptz(3) AS now')
  const [row] = rows
  if (!row) throw new Error('the database told no time')
  return row.now
}

/** One that is at work, or missing for now, will have snapshots when it can. */
function refuseVolume({ id, state }: Volume): void {
  const path = ['input', 'volumeId']
  if (state === 'DELETED') throw new NotFoundError(`${id} has been deleted`, path)
  if (state === 'DELETING' || state === 'FAILED' || state === 'RELEASED') {
    throw new InvalidStateError(`${id} is ${state}; a schedule needs a volume that is here to stay`, path)
  }
}

async function refuseTakenName(
  client: pg.ClientBase,
  volumeId: VolumeId,
  name: string,
  exceptFor: SnapshotScheduleId | null,
): Promise<void> {
  const { rows } = await client.query<{ id: SnapshotScheduleId }>(
    `SELECT id FROM snapshot_schedule WHERE volume_id = $1 AND name = $2 AND deleted_at IS NULL AND id IS DISTINCT FROM $3`,
    [volumeId, name, exceptFor],
  )
  const [holder] = rows
  if (!holder) return
  const message = `${volumeId} has a snapshot schedule named "${name}" already`
  throw new NameTakenError(message, ['input', 'name'], holder.id)
}
