/** The moment's, to the second: it keeps names apart, because no schedule comes more often than once a minute. */
const SUFFIX = '-20261122T030000Z'

export const MAX_SCHEDULE_NAME = 253 - SUFFIX.length

/** Follows from the schedule and the moment alone, so that one moment never has two: `nightly-20261122T030000Z`. */
export function scheduledSnapshotName(scheduleName: string, dueAt: Date): string {
  const moment = dueAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return `${scheduleName}-${moment}Z`
}
