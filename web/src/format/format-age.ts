const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Time passed in its largest whole unit: `12 s`, `4 min`, `3 h`, `9 d`. Never negative: clocks differ. */
export function formatAge(elapsedMs: number): string {
  const ms = Math.max(0, elapsedMs)
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`
  return `${Math.floor(ms / DAY_MS)} d`
}

/** How long something took: `850 ms`, `1.3 s`, then as `formatAge`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`
  return formatAge(ms)
}

const DATE_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** A moment in the reader's own time zone: `22 Nov 2026, 09:07:57`. */
export function formatDateTime(iso: string): string {
  return DATE_TIME.format(new Date(iso))
}
