import type { EventCursor, FleetEvent } from '@flotilla/core/events/fleet-event'
import type { EventLog } from '@flotilla/core/ports/event-log'
import type { EventSource, StreamItem } from '@flotilla/schema/events/event-source'
import { followLog } from './follow-log.ts'
import { isBefore } from './is-before.ts'
import { createSubscriberQueue, type SubscriberQueue } from './subscriber-queue.ts'

export interface EventHub extends EventSource {
  /** How many streams are open. */
  readonly subscriberCount: number
  /** Ends every stream and stops reading. */
  close(): Promise<void>
}

export interface EventHubOptions {
  /** Events that may wait for one subscriber before it has to start over. */
  readonly queueLimit: number
  readonly heartbeatMs: number
  readonly onError: (error: unknown) => void
}

/** Entries read from the log at a time while a subscriber catches up. */
const BATCH_SIZE = 500

interface Subscriber {
  readonly queue: SubscriberQueue
  readonly wants: (event: FleetEvent) => boolean
}

/**
 * Reads the log once for this process, as long as anybody listens, and hands its entries to every subscriber's own bounded queue: none can delay
 * another, stop the reading, or make memory grow.
 */
export async function startEventHub(log: EventLog, options: EventHubOptions): Promise<EventHub> {
  const subscribers = new Set<Subscriber>()
  const follower = await followLog(log, {
    onEvents(events) {
      for (const { queue, wants } of subscribers) {
        for (const event of events) if (wants(event)) queue.push({ type: 'EVENT', event })
      }
    },
    onGap() {
      for (const { queue } of subscribers) queue.resync('the log was cleared up before it was read')
    },
    onError: options.onError,
  })
  const heart = setInterval(() => {
    const beat = { type: 'HEARTBEAT', cursor: follower.position(), at: new Date() } as const
    for (const { queue } of subscribers) queue.push(beat)
  }, options.heartbeatMs)

  async function* stream(
    cursor: EventCursor,
    wants: Subscriber['wants'],
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamItem[]> {
    const subscriber = { queue: createSubscriberQueue(options.queueLimit), wants }
    signal.addEventListener('abort', subscriber.queue.close, { once: true })
    subscribers.add(subscriber)
    try {
      await follower.resume()
      // From here on the queue gets what lies behind `joinedAt`; the log gives what lies before.
      const joinedAt = follower.position()
      let delivered = cursor
      do {
        const page = await log.readAfter(delivered, BATCH_SIZE)
        if (!page) return yield [{ type: 'RESYNC_REQUIRED', reason: 'the log no longer reaches back so far' }]
        const missed = page.events.filter(wants)
        if (missed.length > 0) yield missed.map((event) => ({ type: 'EVENT', event }))
        delivered = page.events.at(-1)?.cursor ?? latest(delivered, joinedAt)
      } while (isBefore(delivered, joinedAt) && !signal.aborted)
      for (let items = await subscriber.queue.take(); items; items = await subscriber.queue.take()) {
        const fresh = items.filter((item) => isNews(item, delivered))
        if (fresh.length > 0) yield fresh
      }
    } finally {
      subscribers.delete(subscriber)
      if (subscribers.size === 0) follower.pause()
      signal.removeEventListener('abort', subscriber.queue.close)
    }
  }

  return {
    head: () => log.head(),
    stream,
    get subscriberCount() {
      return subscribers.size
    },
    async close() {
      clearInterval(heart)
      for (const { queue } of subscribers) queue.close()
      await follower.close()
    },
  }
}

/** What the log gave while catching up may wait in the queue a second time. */
function isNews(item: StreamItem, delivered: EventCursor): boolean {
  if (item.type === 'EVENT') return isBefore(delivered, item.event.cursor)
  if (item.type === 'HEARTBEAT') return !isBefore(item.cursor, delivered)
  return true
}

function latest(a: EventCursor, b: EventCursor): EventCursor {
  return isBefore(a, b) ? b : a
}
