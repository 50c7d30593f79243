import type { WantedRecurrence } from './recurrence.ts'

/** Null takes a limit away; absent fields stay as they are. */
export interface ScheduleChanges {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly recurrence?: WantedRecurrence
  readonly keepCount?: number | null
  readonly retentionSeconds?: number | null
  readonly isPaused?: boolean
}
