import type { OperationId, SnapshotId, SnapshotScheduleId, VolumeId } from '@flotilla/core/identity/ids'
import type { Recurrence } from '@flotilla/core/schedules/recurrence'
import type {
  ScheduleOutcome,
  ScheduleOutcomeKind,
  SnapshotSchedule,
} from '@flotilla/core/schedules/snapshot-schedule'
import type { SnapshotSchedule as SnapshotScheduleRow } from '../generated/client.ts'

/** What is read of a schedule; when to look at it is only for those who look. */
export type ScheduleColumns = Omit<SnapshotScheduleRow, 'lookAt'>

export const SCHEDULE_COLUMNS = `id, volume_id AS "volumeId", project, name, labels, every_seconds AS "everySeconds", pattern,
  time_zone AS "timeZone", start_at AS "startAt", keep_count AS "keepCount", retention_seconds AS "retentionSeconds",
  is_paused AS "isPaused", next_run_at AS "nextRunAt", last_run_at AS "lastRunAt", last_outcome AS "lastOutcome",
  last_due_at AS "lastDueAt", last_outcome_at AS "lastOutcomeAt", last_snapshot_id AS "lastSnapshotId",
  last_operation_id AS "lastOperationId", last_reason AS "lastReason", revision, created_at AS "createdAt",
  updated_at AS "updatedAt", deleted_at AS "deletedAt"`

export function toSchedule(row: ScheduleColumns): SnapshotSchedule {
  return {
    id: row.id as SnapshotScheduleId,
    volumeId: row.volumeId as VolumeId,
    project: row.project,
    name: row.name,
    labels: row.labels as Record<string, string>,
    recurrence: toRecurrence(row),
    keepCount: row.keepCount,
    retentionSeconds: row.retentionSeconds,
    isPaused: row.isPaused,
    nextRunAt: row.nextRunAt,
    lastRunAt: row.lastRunAt,
    lastOutcome: toOutcome(row),
    revision: row.revision,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    deletedAt: row.deletedAt,
  }
}

function toRecurrence({ id, everySeconds, pattern, timeZone, startAt }: ScheduleColumns): Recurrence {
  if (everySeconds !== null) return { kind: 'INTERVAL', everySeconds, startAt }
  if (pattern !== null && timeZone !== null) return { kind: 'PATTERN', pattern, timeZone, startAt }
  throw new Error(`${id} has no recurrence`)
}

function toOutcome(row: ScheduleColumns): ScheduleOutcome | null {
  const { lastOutcome, lastDueAt, lastOutcomeAt } = row
  if (lastOutcome === null || lastDueAt === null || lastOutcomeAt === null) return null
  return {
    kind: lastOutcome as ScheduleOutcomeKind,
    dueAt: lastDueAt,
    at: lastOutcomeAt,
    snapshotId: row.lastSnapshotId as SnapshotId | null,
    operationId: row.lastOperationId as OperationId | null,
    reason: row.lastReason,
  }
}
