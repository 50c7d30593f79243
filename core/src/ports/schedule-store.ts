import type { SnapshotId, SnapshotScheduleId, VolumeId } from '../identity/ids.ts'
import type { NewOperation } from '../operations/new-operation.ts'
import type { Operation } from '../operations/operation.ts'
import type { WantedRecurrence } from '../schedules/recurrence.ts'
import type { ScheduleChanges } from '../schedules/schedule-changes.ts'
import type { SnapshotSchedule } from '../schedules/snapshot-schedule.ts'
import type { NewChange } from './new-change.ts'

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

/** A schedule's record after a change, and the operation of that. */
export interface ChangedSchedule {
  readonly schedule: SnapshotSchedule
  readonly operation: Operation
}

/** The schedules' records. One transaction each, with its events; whatever is due is by the database's clock. */
export interface SnapshotScheduleStore {
  /**
   * Replays for a known key.
   *
   * @throws NotFoundError, InvalidStateError for its volume, NameTakenError, IdempotencyConflictError
   */
  create(schedule: NewSnapshotSchedule, operation: NewOperation): Promise<ChangedSchedule>
  /**
   * Another recurrence, and the end of a pause, begin anew from now: nothing is made up.
   *
   * Replays for a known key.
   *
   * @throws NotFoundError, NameTakenError, RevisionConflictError, InvalidInputError when nothing limits what is kept, IdempotencyConflictError
   */
  update(
    id: SnapshotScheduleId,
    changes: ScheduleChanges,
    expectedRevision: number | null,
    operation: NewChange,
  ): Promise<ChangedSchedule>
  /**
   * One that was deleted before is a success. Where its snapshots go with it, one operation for each is recorded, too. Replays for a known key.
   *
   * @returns besides it the snapshots that go with it
   * @throws NotFoundError, RevisionConflictError, InvalidStateError while one of the snapshots is being read from, IdempotencyConflictError
   */
  delete(
    id: SnapshotScheduleId,
    withSnapshots: boolean,
    expectedRevision: number | null,
    operation: NewChange,
  ): Promise<ChangedSchedule & { readonly snapshotIds: readonly SnapshotId[] }>
}
