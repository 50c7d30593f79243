import type { RecurrenceInput } from '@flotilla/core/ports/schedule-commands'
import type { Recurrence } from '@flotilla/core/schedules/recurrence'
import { builder } from '../builder.ts'
import { withoutNulls } from '../paging/read-where.ts'

export const recurrence = builder.objectRef<Recurrence>('Recurrence').implement({
  description: 'When something comes again and again: either an interval or a pattern.',
  fields: (t) => ({
    everySeconds: t.int({
      nullable: true,
      description: 'The interval in seconds, counted from `startAt`; null for a pattern.',
      resolve: (each) => (each.kind === 'INTERVAL' ? each.everySeconds : null),
    }),
    pattern: t.string({
      nullable: true,
      description: 'The pattern, five fields as in crontab; null for an interval.',
      resolve: (each) => (each.kind === 'PATTERN' ? each.pattern : null),
    }),
    timeZone: t.string({
      nullable: true,
      description: 'The time zone that the pattern is read in; null for an interval.',
      resolve: (each) => (each.kind === 'PATTERN' ? each.timeZone : null),
    }),
    startAt: t.expose('startAt', { type: 'DateTime', description: 'Nothing comes before.' }),
  }),
})

export const recurrenceInput = builder.inputType('RecurrenceInput', {
  description: 'When something comes again and again: exactly one of `everySeconds` and `pattern`.',
  fields: (t) => ({
    everySeconds: t.int({
      description: 'An interval in seconds, 60 (a minute) to 31622400 (a leap year), counted from `startAt`.',
    }),
    pattern: t.string({
      description:
        'Five fields as in crontab: minute 0-59, hour 0-23, day of month 1-31 or L for the last, month 1-12 or JAN-DEC, day of week 0-7 (0 and 7 are Sunday) or SUN-SAT. Each is a `*`, a value, a range, a list, or one of these with a step like `*/15`. Where both days are given, either will do.',
    }),
    timeZone: t.string({
      description:
        'IANA name of the time zone that the pattern is read in, `Europe/Berlin` for example; UTC when absent. What the clock skips in spring comes when it goes on; what it shows twice in autumn comes once, unless the pattern has every hour.',
    }),
    startAt: t.field({
      type: 'DateTime',
      description:
        'Nothing comes before. An interval comes at this moment first, or is counted from it when it is past. Now when absent: an interval then comes first when it is over.',
    }),
  }),
})

/** A field given as null says the same as one that is absent. */
export function readRecurrence(input: typeof recurrenceInput.$inferInput): RecurrenceInput {
  return withoutNulls(input) as RecurrenceInput
}
