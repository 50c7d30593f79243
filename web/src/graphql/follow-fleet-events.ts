import type { Client } from '@urql/core'
import type { FleetEvent } from './fleet-events-document.ts'
import { FleetEventsDocument } from './fleet-events-document.ts'

/** `live`: changes arrive as they happen. `reconnecting`: trying again. `offline`: not for a while. */
export type LiveStatus = 'connecting' | 'live' | 'reconnecting' | 'offline'

export interface FleetEventHandlers {
  readonly onStatus: (status: LiveStatus) => void
  readonly onEvent: (event: FleetEvent) => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
const OFFLINE_AFTER_ATTEMPTS = 4

/**
 * Follows the fleet's changes until the returned function is called. After each interruption it
 * resumes behind the last cursor it saw, so no change is missed and none is applied twice; when the
 * log no longer reaches back it starts over with a snapshot.
 */
export function followFleetEvents(client: Client, handlers: FleetEventHandlers): () => void {
  let cursor: string | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let unsubscribe = () => {}

  function subscribe() {
    clearTimeout(timer)
    unsubscribe()
    unsubscribe = client
      .subscription(FleetEventsDocument, { after: cursor ?? null })
      .subscribe(({ data, error }) => (error ? retryLater() : receive(data?.fleetEvents))).unsubscribe
  }

  function receive(event: FleetEvent | undefined) {
    if (!event) return
    failures = 0
    // Until the snapshot is here, what is shown is older than the word would say.
    handlers.onStatus(event.__typename === 'ResyncRequired' ? 'reconnecting' : 'live')
    handlers.onEvent(event)
    if (event.__typename === 'ResyncRequired') {
      cursor = undefined
      timer = setTimeout(subscribe)
    } else {
      cursor = event.cursor
    }
  }

  function retryLater() {
    failures += 1
    handlers.onStatus(failures > OFFLINE_AFTER_ATTEMPTS || !navigator.onLine ? 'offline' : 'reconnecting')
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
    clearTimeout(timer)
    timer = setTimeout(subscribe, wait * (0.5 + Math.random() / 2))
  }

  window.addEventListener('online', subscribe)
  subscribe()
  return () => {
    window.removeEventListener('online', subscribe)
    clearTimeout(timer)
    unsubscribe()
  }
}
