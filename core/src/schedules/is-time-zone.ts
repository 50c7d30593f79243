const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

export const TIME_ZONE_ALLOWED = 'an IANA name like "UTC", "Europe/Berlin" or "America/New_York"'

/** Whether it names a time zone whose rules are known here. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
