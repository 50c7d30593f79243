import type { OperationId, SnapshotId, SnapshotScheduleId, VolumeId } from '../identity/ids.ts'
import type { Recurrence } from './recurrence.ts'

/**
 * TAKEN: a snapshot and its operation were recorded. WAITING: the volume cannot be taken now; the run is made up once, as
 * soon as it can. SKIPPED: there will be no snapshot of that moment.
 */
export type ScheduleOutcomeKind = 'TAKEN' | 'WAITING' | 'SKIPPED'

/** What became of the latest moment that was due. */
export interface ScheduleOutcome {
  readonly kind: ScheduleOutcomeKind
  readonly dueAt: Date
  readonly at: Date
  readonly snapshotId: SnapshotId | null
  readonly operationId: OperationId | null
  /** Why there is no snapshot, for people; null when there is one. */
  readonly reason: string | null
}

/** What nothing limits would fill the cluster. */
export const KEPT_ALLOWED = 'keepCount, retentionSeconds or both'

/** Snapshots of a volume that are taken by themselves, again and again, and go again. */
export interface SnapshotSchedule {
  readonly id: SnapshotScheduleId
  readonly volumeId: VolumeId
  /** Its volume's. */
  readonly project: string
  /** Unique among the schedules that its volume has; its snapshots' names begin with it. */
  readonly name: string
  /** Of its snapshots. */
  readonly labels: Readonly<Record<string, string>>
  readonly recurrence: Recurrence
  /** How many of its snapshots are kept at most; null for any number. Not null when `retentionSeconds` is. */
  readonly keepCount: number | null
  /** How long each of its snapshots is kept; null when only their number counts. */
  readonly retentionSeconds: number | null
  readonly isPaused: boolean
  /** The moment that is due next; past while a run waits. Null when it is paused or deleted. */
  readonly nextRunAt: Date | null
  /** When its latest snapshot was recorded. */
  readonly lastRunAt: Date | null
  readonly lastOutcome: ScheduleOutcome | null
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}

/** How many snapshots a schedule has on its cluster. */
export interface HeldSnapshots {
  readonly available: number
  /** Deleted ones that their cluster keeps for clones; they do not count against `keepCount`. */
  readonly lingering: number
}
