import type { RecurrenceInput } from '../ports/schedule-commands.ts'
import { isTimeZone, TIME_ZONE_ALLOWED } from '../schedules/is-time-zone.ts'
import { PATTERN_ALLOWED, patternFault } from '../schedules/pattern-fault.ts'
import { MAX_EVERY_SECONDS, MIN_EVERY_SECONDS, type WantedRecurrence } from '../schedules/recurrence.ts'
import { MAX_SCHEDULE_NAME } from '../schedules/scheduled-snapshot-name.ts'
import type { InputIssues } from './input-issues.ts'
import { checkName, checkRetention } from './input-rules.ts'

const MAX_KEEP_COUNT = 1_000
/** Within which years a start may lie. */
const EARLIEST_START = new Date('2000-01-01T00:00:00Z')
const LATEST_START = new Date('2100-01-01T00:00:00Z')

export function checkScheduleName(issues: InputIssues, name: string): void {
  const allowed = `1 to ${MAX_SCHEDULE_NAME} characters: the moment is added to it for the names of snapshots`
  if (name.length <= MAX_SCHEDULE_NAME) checkName(issues, name)
  else issues.require(false, 'name', `has ${name.length} characters`, allowed)
}

export function checkKept(
  issues: InputIssues,
  { keepCount, retentionSeconds }: { keepCount?: number | null; retentionSeconds?: number | null },
): void {
  if (typeof keepCount === 'number') {
    const isCount = keepCount >= 1 && keepCount <= MAX_KEEP_COUNT
    issues.require(isCount, 'keepCount', `is ${keepCount}`, `1 to ${MAX_KEEP_COUNT}`)
  }
  if (typeof retentionSeconds === 'number') checkRetention(issues, retentionSeconds, 'keepCount alone')
}

/** Notes every fault. */
export function checkRecurrence(issues: InputIssues, recurrence: RecurrenceInput): void {
  const { everySeconds, pattern, timeZone, startAt } = recurrence
  const given = [everySeconds, pattern].filter((each) => each !== undefined).length
  issues.require(
    given === 1,
    'recurrence',
    given === 0 ? 'says nothing' : 'says two things',
    'exactly one of everySeconds and pattern',
  )
  if (everySeconds !== undefined) {
    const fault = everySeconds < MIN_EVERY_SECONDS ? 'is too often' : 'is too seldom'
    issues.require(
      everySeconds >= MIN_EVERY_SECONDS && everySeconds <= MAX_EVERY_SECONDS,
      'recurrence.everySeconds',
      `every ${everySeconds} seconds ${fault}`,
      `${MIN_EVERY_SECONDS} (a minute) to ${MAX_EVERY_SECONDS} (a year)`,
    )
  }
  if (pattern !== undefined) {
    const fault = patternFault(pattern)
    issues.require(fault === null, 'recurrence.pattern', fault ?? '', PATTERN_ALLOWED)
  }
  if (timeZone !== undefined) {
    issues.require(
      isTimeZone(timeZone),
      'recurrence.timeZone',
      `"${timeZone.slice(0, 80)}" is no time zone known here`,
      TIME_ZONE_ALLOWED,
    )
    const isNeeded = pattern !== undefined
    issues.require(isNeeded, 'recurrence.timeZone', 'has nothing to say here', 'only beside a pattern')
  }
  if (startAt !== undefined) {
    issues.require(
      startAt >= EARLIEST_START && startAt < LATEST_START,
      'recurrence.startAt',
      `is ${startAt.toISOString()}`,
      'a moment of the years 2000 to 2099',
    )
  }
}

/** For one without faults. */
export function toRecurrence({
  everySeconds,
  pattern = '',
  timeZone = 'UTC',
  startAt = undefined,
}: RecurrenceInput): WantedRecurrence {
  const start = { startAt: startAt ?? null }
  if (everySeconds !== undefined) return { kind: 'INTERVAL', everySeconds, ...start }
  return { kind: 'PATTERN', pattern: pattern.trim(), timeZone, ...start }
}
