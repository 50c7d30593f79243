import type { EventCursor, FleetEvent } from '@flotilla/core/events/fleet-event'

/** What a subscriber is given: entries of the log, signs of life, and the notice that it must start over. */
export type StreamItem =
  | { readonly type: 'EVENT'; readonly event: FleetEvent }
  | { readonly type: 'HEARTBEAT'; readonly cursor: EventCursor; readonly at: Date }
  | { readonly type: 'RESYNC_REQUIRED'; readonly reason: string }

/** The fleet's events as the API's subscriptions need them; the server's event hub implements it. */
export interface EventSource {
  /** The position behind the last event that is safe to read. Take it before reading a snapshot. */
  head(): Promise<EventCursor>

  /**
   * Every event after `cursor` that `wants` accepts, once each and in order, in batches of what has arrived; never an
   * empty batch. Heartbeats come in between. After RESYNC_REQUIRED the stream ends: the subscriber was too slow, or the
   * log no longer reaches back to its cursor. It also ends, without a word, on the signal and when the server stops.
   */
  stream(
    cursor: EventCursor,
    wants: (event: FleetEvent) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<readonly StreamItem[]>
}
