import { NameTakenError } from '@flotilla/core/errors'
import type { SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import { type DueRun, lookAtSchedule } from '@flotilla/core/schedules/look-at-schedule'
import { scheduledSnapshotName } from '@flotilla/core/schedules/scheduled-snapshot-name'
import type { ScheduleOutcome, SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type pg from 'pg'
import type { Database } from '../database/connect.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import { appendEvents } from '../events/append-events.ts'
import { uuidIds } from '../identity/uuid-ids.ts'
import { recordSnapshot } from '../snapshots/record-snapshot.ts'
import { lockVolume } from '../volumes/lock-volume.ts'
import { deleteSnapshots } from './delete-snapshots.ts'
import { END_SCHEDULE } from './end-schedules.ts'
import { lockSchedule } from './lock-schedule.ts'
import { readTaken } from './read-taken.ts'
import { writeSchedule } from './write-schedule.ts'

const RACES_RETRIED = 5

/**
 * Does what there is to do for a schedule, in one transaction under its lock: the snapshot of the moment that is due with
 * its operation, the next moment, what became of this one, and the deletion of what is too many. Safe at any time, twice,
 * and by several workers at once: who comes second finds nothing due.
 *
 * @returns the snapshots that are to be reconciled
 */
export function runSchedule(database: Database, id: SnapshotScheduleId): Promise<readonly SnapshotId[]> {
  return retryOnConflict(RACES_RETRIED, () => inTransaction(database.pool, (client) => run(client, id)))
}

async function run(client: pg.ClientBase, id: SnapshotScheduleId): Promise<readonly SnapshotId[]> {
  const volumeId = await readVolumeId(client, id)
  if (!volumeId) return []
  const volume = await lockVolume(client, volumeId, [])
  const { schedule, now } = await lockSchedule(client, id)
  if (schedule.deletedAt) return []
  const taken = await readTaken(client, id, schedule.keepCount === null ? ['CREATING'] : undefined)
  const look = lookAtSchedule(schedule, volume.state, taken, now)
  if (look.run.kind === 'END') {
    await writeSchedule(client, `UPDATE snapshot_schedule SET ${END_SCHEDULE} WHERE id = $1`, [id])
    return []
  }
  const outcome = await outcomeOf(client, schedule, look.run, now)
  const isNews = outcome !== schedule.lastOutcome
  const newSnapshotId = isNews ? outcome?.snapshotId : null
  await deleteSnapshots(client, look.remove, id)
  await client.query(
    `UPDATE snapshot_schedule SET next_run_at = $2, look_at = $3, last_outcome = $4, last_due_at = $5, last_outcome_at = $6,
            last_snapshot_id = $7, last_operation_id = $8, last_reason = $9, last_run_at = $10
     WHERE id = $1`,
    [
      id,
      look.nextRunAt,
      look.lookAt,
      outcome?.kind,
      outcome?.dueAt,
      outcome?.at,
      outcome?.snapshotId,
      outcome?.operationId,
      outcome?.reason,
      newSnapshotId ? now : schedule.lastRunAt,
    ],
  )
  if (isNews) await appendEvents(client, { SCHEDULE_CHANGED: [id] })
  return newSnapshotId ? [newSnapshotId, ...look.remove] : look.remove
}

/** It never changes, and volumes are locked before their schedules. */
async function readVolumeId(client: pg.ClientBase, id: SnapshotScheduleId): Promise<VolumeId | null> {
  const { rows } = await client.query<{ volume_id: VolumeId }>(
    'SELECT volume_id FROM snapshot_schedule WHERE id = $1 AND deleted_at IS NULL',
    [id],
  )
  return rows[0]?.volume_id ?? null
}

/** The former outcome itself when there is nothing new: a run that still waits for the same says so once. */
async function outcomeOf(
  client: pg.ClientBase,
  schedule: SnapshotSchedule,
  run: Exclude<DueRun, { kind: 'END' }>,
  now: Date,
): Promise<ScheduleOutcome | null> {
  const { lastOutcome } = schedule
  switch (run.kind) {
    case 'NONE':
      return lastOutcome
    case 'TAKE':
      return take(client, schedule, run.dueAt, now)
    case 'WAITING':
    case 'SKIPPED': {
      const isSame = lastOutcome?.kind === run.kind && lastOutcome.reason === run.reason
      if (isSame && run.kind === 'WAITING') return lastOutcome
      return { ...run, at: now, snapshotId: null, operationId: null }
    }
  }
}

/** By the same way as for a caller; the schedule and the moment make its key, so that no moment is ever taken twice. */
async function take(
  client: pg.ClientBase,
  { id, volumeId, name: scheduleName, labels, retentionSeconds }: SnapshotSchedule,
  dueAt: Date,
  now: Date,
): Promise<ScheduleOutcome> {
  const name = scheduledSnapshotName(scheduleName, dueAt)
  const wanted = { id: uuidIds.next('Snapshot'), volumeId, name, labels, retentionSeconds, scheduleId: id }
  const moment = dueAt.toISOString()
  try {
    const { snapshot, operation } = await recordSnapshot(client, wanted, {
      id: uuidIds.next('Operation'),
      actor: id,
      idempotencyKey: `take ${moment}`,
      inputFingerprint: moment,
    })
    const ids = { snapshotId: snapshot.id, operationId: operation.id }
    return { kind: 'TAKEN', dueAt, at: now, ...ids, reason: null }
  } catch (error) {
    if (!(error instanceof NameTakenError)) throw error
    return { kind: 'SKIPPED', dueAt, at: now, snapshotId: null, operationId: null, reason: error.message }
  }
}
