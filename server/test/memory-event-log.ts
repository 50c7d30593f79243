import {
  type EventCursor,
  type FleetEvent,
  type FleetEventKind,
  formatCursor,
} from '@flotilla/core/events/fleet-event'
import type { EventLog } from '@flotilla/core/ports/event-log'
import { isBefore } from '../src/events/is-before.ts'

export interface MemoryEventLog extends EventLog {
  append(kind: FleetEventKind, subjectId: string): FleetEvent
  /** Forgets all but the newest entries, as a log that is cleared up does. */
  trim(kept: number): void
  /** What the next read throws. */
  failNext(error: Error): void
}

/** The port's promises without a database. */
export function createMemoryEventLog(): MemoryEventLog {
  let events: FleetEvent[] = []
  let floor = formatCursor(1n, 0n)
  let sequence = 0n
  let failure: Error | null = null
  const listeners = new Set<() => void>()
  const end = (): EventCursor => formatCursor(1n, sequence)

  return {
    append(kind, subjectId) {
      sequence++
      const event = { cursor: end(), kind, subjectId, at: new Date() }
      events.push(event)
      for (const wake of listeners) wake()
      return event
    },
    trim(kept) {
      floor = events.at(-kept - 1)?.cursor ?? floor
      events = events.slice(-kept)
    },
    failNext(error) {
      failure = error
    },
    head: async () => end(),
    async readAfter(cursor, limit) {
      if (failure) {
        const error = failure
        failure = null
        throw error
      }
      if (isBefore(cursor, floor) || isBefore(end(), cursor)) return null
      const later = events.filter((event) => isBefore(cursor, event.cursor))
      return { events: later.slice(0, limit), pending: false }
    },
    async subscribe(wake) {
      listeners.add(wake)
      return { close: async () => void listeners.delete(wake) }
    },
  }
}
