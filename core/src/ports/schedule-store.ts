import type { SnapshotId, SnapshotScheduleId, VolumeId } from '../identity/ids.ts'
import type { WantedRecurrence } from '../schedules/recurrence.ts'
import type { SnapshotSchedule } from '../schedules/snapshot-schedule.ts'
import type { NewOperation } from './placement-ledger.ts'

/** A request that makes a schedule; it leaves no operation. */
export type ScheduleRequest = Omit<NewOperation, 'id'>

export interface NewSnapshotSchedule {
  readonly id: SnapshotScheduleId
  readonly volumeId: VolumeId
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly recurrence: WantedRecurrence
  readonly keepCount: number | null
  readonly retentionSeconds: number | null
  readonly isPaused: boolean
}

/** Null takes a limit away; absent fields stay as they are. */
export interface ScheduleChanges {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly recurrence?: WantedRecurrence
  readonly keepCount?: number | null
  readonly retentionSeconds?: number | null
  readonly isPaused?: boolean
}

/** The deletion of a schedule; where its snapshots go with it, one operation for each is recorded under its requester. */
export interface ScheduleDeletion {
  readonly expectedRevision: number | null
  readonly deleteSnapshots: boolean
  readonly requester: string
}

/** The schedules' records. One transaction each, with its events; whatever is due is by the database's clock. */
export interface SnapshotScheduleStore {
  /**
   * Replays for a known key.
   *
   * @throws NotFoundError, InvalidStateError for its volume, NameTakenError, IdempotencyConflictError
   */
  create(schedule: NewSnapshotSchedule, request: ScheduleRequest): Promise<SnapshotSchedule>
  /**
   * Another recurrence, and the end of a pause, begin anew from now: nothing is made up.
   *
   * @throws NotFoundError, NameTakenError, RevisionConflictError, InvalidInputError when nothing limits what is kept
   */
  update(
    id: SnapshotScheduleId,
    changes: ScheduleChanges,
    expectedRevision: number | null,
  ): Promise<SnapshotSchedule>
  /**
   * One that was deleted before is a success.
   *
   * @returns besides it the snapshots that go with it
   * @throws NotFoundError, RevisionConflictError, InvalidStateError while one of the snapshots is being read from
   */
  delete(
    id: SnapshotScheduleId,
    deletion: ScheduleDeletion,
  ): Promise<{ schedule: SnapshotSchedule; snapshotIds: readonly SnapshotId[] }>
}
