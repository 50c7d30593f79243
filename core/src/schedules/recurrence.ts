/** How often. `pattern` has five fields as in crontab, read in the time zone. */
type Rhythm =
  | { readonly kind: 'INTERVAL'; readonly everySeconds: number }
  | { readonly kind: 'PATTERN'; readonly pattern: string; readonly timeZone: string }

/** As it was asked for; null for a start when it is stored. */
export type WantedRecurrence = Rhythm & { readonly startAt: Date | null }

/** When something comes again: never before `startAt`, which intervals count from. */
export type Recurrence = Rhythm & { readonly startAt: Date }

export const MIN_EVERY_SECONDS = 60
/** A leap year. */
export const MAX_EVERY_SECONDS = 366 * 86_400
