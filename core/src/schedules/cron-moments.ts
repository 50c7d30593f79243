import { Cron } from 'croner'

/**
 * The moments of a pattern of five fields in a time zone. A moment that the clock skips comes when it goes on; one that it
 * shows twice comes once, at the first, unless the pattern has every hour.
 *
 * @throws when the pattern or the time zone cannot be read
 */
export function cronMoments(pattern: string, timeZone: string): Cron {
  return new Cron(pattern, { mode: '5-part', timezone: timeZone, paused: true })
}
