import type { EventCursor, FleetEvent } from '../events/fleet-event.ts'

/** Reading side of the append-only log. Writers append within the transaction of the change itself. */
export interface EventLog {
  /** The position behind the last entry that is safe to read. */
  head(): Promise<EventCursor>

  /**
   * Entries after `cursor`, in order, at most `limit`, none skipped; `null` when the log no longer reaches back that
   * far. `pending` tells that later ones are committed but held back by an older transaction: read again soon.
   */
  readAfter(
    cursor: EventCursor,
    limit: number,
  ): Promise<{ readonly events: readonly FleetEvent[]; readonly pending: boolean } | null>

  /** Calls `wake` soon after each append, at least once a second's worth of appends; may call it for nothing. */
  subscribe(wake: () => void): Promise<{ close(): Promise<void> }>
}
