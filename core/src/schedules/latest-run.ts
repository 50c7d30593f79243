import { cronMoments } from './cron-moments.ts'
import type { Recurrence } from './recurrence.ts'

/** The last moment of the recurrence up to `until`, itself included; null before the first. */
export function latestRun(recurrence: Recurrence, until: Date): Date | null {
  const { startAt } = recurrence
  if (until < startAt) return null
  if (recurrence.kind === 'INTERVAL') {
    const everyMs = recurrence.everySeconds * 1_000
    const count = Math.floor((until.getTime() - startAt.getTime()) / everyMs)
    return new Date(startAt.getTime() + count * everyMs)
  }
  const justAfter = new Date(until.getTime() + 1)
  const [latest] = cronMoments(recurrence.pattern, recurrence.timeZone).previousRuns(1, justAfter)
  return latest && latest >= startAt ? latest : null
}
