import type { SnapshotScheduleId, VolumeId } from '../identity/ids.ts'
import type { Actor } from '../operations/actor.ts'
import type { ChangedSchedule } from './schedule-store.ts'

/** Exactly one of `everySeconds` and `pattern`. */
export interface RecurrenceInput {
  readonly everySeconds?: number
  /** Five fields as in crontab. */
  readonly pattern?: string
  /** Of the pattern; UTC when absent. */
  readonly timeZone?: string
  /** Now when absent. */
  readonly startAt?: Date
}

export interface CreateSnapshotScheduleInput {
  readonly idempotencyKey: string
  readonly volumeId: VolumeId
  readonly name: string
  readonly recurrence: RecurrenceInput
  /** At least one of the two. */
  readonly keepCount?: number
  readonly retentionSeconds?: number
  readonly labels: Readonly<Record<string, string>>
  readonly paused?: boolean
}

/** Null takes a limit away; absent fields stay as they are. */
export interface UpdateSnapshotScheduleInput {
  readonly idempotencyKey?: string
  readonly id: SnapshotScheduleId
  readonly expectedRevision?: number
  readonly name?: string
  readonly recurrence?: RecurrenceInput
  readonly keepCount?: number | null
  readonly retentionSeconds?: number | null
  readonly labels?: Readonly<Record<string, string>>
  readonly paused?: boolean
}

export interface DeleteSnapshotScheduleInput {
  readonly idempotencyKey: string
  readonly id: SnapshotScheduleId
  readonly expectedRevision?: number
  /** Whether its snapshots go with it; they stay otherwise. */
  readonly deleteSnapshots?: boolean
}

/** What callers can ask for about schedules of snapshots; as FleetCommands. */
export interface ScheduleCommands {
  /** The same key and input answers with the schedule made then. */
  createSnapshotSchedule(input: CreateSnapshotScheduleInput, actor: Actor): Promise<ChangedSchedule>
  updateSnapshotSchedule(input: UpdateSnapshotScheduleInput, actor: Actor): Promise<ChangedSchedule>
  /** One that was deleted before is a success. */
  deleteSnapshotSchedule(input: DeleteSnapshotScheduleInput, actor: Actor): Promise<ChangedSchedule>
}
