import { cronMoments } from './cron-moments.ts'

const FIELDS = ['minute', 'hour', 'day of month', 'month', 'day of week']
const LONGEST = 200
/** Whatever comes at all comes within the eight years that may lie between two leap days. */
const SOME_DAY = new Date('2000-01-01T00:00:00Z')

export const PATTERN_ALLOWED =
  'five fields as in crontab: minute 0-59, hour 0-23, day of month 1-31 or L, month 1-12 or JAN-DEC, day of week 0-7 or SUN-SAT; each a *, a value, a range, a list or one of these with a step like */15'

/** What is wrong with a pattern; null when nothing is. */
export function patternFault(pattern: string): string | null {
  const fields = pattern.trim().split(/\s+/)
  if (pattern.length > LONGEST) return `has ${pattern.length} characters`
  if (fields.length !== FIELDS.length || fields[0] === '') {
    return `"${pattern}" has ${fields[0] === '' ? 0 : fields.length} fields`
  }
  const wrong = fields.findIndex((field, index) => !isReadable(field, index))
  if (wrong >= 0) return `the ${FIELDS[wrong]} "${fields[wrong]}" cannot be read`
  return cronMoments(pattern, 'UTC').nextRun(SOME_DAY) ? null : `"${pattern}" never comes`
}

function isReadable(field: string, index: number): boolean {
  try {
    cronMoments(FIELDS.map((_, other) => (other === index ? field : '*')).join(' '), 'UTC')
    return true
  } catch {
    return false
  }
}
