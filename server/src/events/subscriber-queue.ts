import type { StreamItem } from '@flotilla/schema/events/event-source'

/** What waits for one subscriber, bounded, so that a slow one costs little and hinders nobody. */
export interface SubscriberQueue {
  /** Never throws and never waits. Past the limit all that waits is dropped for a RESYNC_REQUIRED, the last item. */
  push(item: StreamItem): void
  /** Makes RESYNC_REQUIRED the next and last item. */
  resync(reason: string): void
  /** All that waits, at least one item; waits for it. `null` after the end. */
  take(): Promise<readonly StreamItem[] | null>
  /** Ends at once; what waits is dropped. */
  close(): void
}

/** @param limit how many items may wait */
export function createSubscriberQueue(limit: number): SubscriberQueue {
  let items: StreamItem[] = []
  let hasEnded = false
  let wake = () => {}

  return {
    push(item) {
      if (hasEnded) return
      if (items.length >= limit) return this.resync(`more than ${limit} events were waiting to be taken`)
      items.push(item)
      wake()
    },

    resync(reason) {
      if (hasEnded) return
      items = [{ type: 'RESYNC_REQUIRED', reason }]
      hasEnded = true
      wake()
    },

    async take() {
      while (items.length === 0) {
        if (hasEnded) return null
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const taken = items
      items = []
      return taken
    },

    close() {
      items = []
      hasEnded = true
      wake()
    },
  }
}
