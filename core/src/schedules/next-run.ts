import { cronMoments } from './cron-moments.ts'
import type { Recurrence } from './recurrence.ts'

/** The first moment of the recurrence after `after`, whatever has been missed before. */
export function nextRun(recurrence: Recurrence, after: Date): Date {
  const { startAt } = recurrence
  if (recurrence.kind === 'INTERVAL') {
    const everyMs = recurrence.everySeconds * 1_000
    const sinceMs = after.getTime() - startAt.getTime()
    return sinceMs < 0 ? startAt : new Date(startAt.getTime() + (Math.floor(sinceMs / everyMs) + 1) * everyMs)
  }
  // The start itself counts.
  const from = Math.max(after.getTime(), startAt.getTime() - 1)
  const next = cronMoments(recurrence.pattern, recurrence.timeZone).nextRun(new Date(from))
  if (!next) throw new Error(`the pattern "${recurrence.pattern}" never comes`)
  return next
}
