import { InvalidInputError } from '../errors.ts'
import { nextRun } from './next-run.ts'
import type { ScheduleChanges } from './schedule-changes.ts'
import { KEPT_ALLOWED, type SnapshotSchedule } from './snapshot-schedule.ts'

/**
 * The schedule as it is to be. With another recurrence, and after a pause, it begins anew from now: nothing is made up.
 *
 * @throws InvalidInputError when nothing would limit what is kept
 */
export function changeSchedule(
  schedule: SnapshotSchedule,
  { recurrence: wanted, isPaused = schedule.isPaused, ...changes }: ScheduleChanges,
  now: Date,
): SnapshotSchedule {
  const { keepCount = schedule.keepCount, retentionSeconds = schedule.retentionSeconds } = changes
  if (keepCount === null && retentionSeconds === null) {
    const message = 'would be null, and so would retentionSeconds'
    throw new InvalidInputError([{ path: ['input', 'keepCount'], message, allowed: KEPT_ALLOWED }])
  }
  const recurrence = wanted ? { ...wanted, startAt: wanted.startAt ?? now } : schedule.recurrence
  const goesOn = wanted ? null : schedule.nextRunAt
  return {
    ...schedule,
    name: changes.name ?? schedule.name,
    labels: changes.labels ?? schedule.labels,
    recurrence,
    keepCount,
    retentionSeconds,
    isPaused,
    nextRunAt: isPaused ? null : (goesOn ?? nextRun(recurrence, now)),
  }
}
