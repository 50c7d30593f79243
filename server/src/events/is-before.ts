import { type EventCursor, parseCursor } from '@flotilla/core/events/fleet-event'

/** Whether `a` lies before `b` in the log. */
export function isBefore(a: EventCursor, b: EventCursor): boolean {
  const [left, right] = [parseCursor(a), parseCursor(b)]
  if (!left || !right) throw new Error(`not cursors: ${a}, ${b}`)
  if (left.transaction !== right.transaction) return left.transaction < right.transaction
  return left.sequence < right.sequence
}
