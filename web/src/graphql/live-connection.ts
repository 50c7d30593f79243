import type { SubscriptionForwarder } from '@urql/core'
import { createClient } from 'graphql-ws'

const KEEP_ALIVE_MS = 12_000
const PONG_TIMEOUT_MS = 5_000
/** Close codes of the graphql-transport-ws protocol for a token that is missing, wrong or over. */
const UNAUTHENTICATED_CODES = [4401, 4403]

export interface LiveConnection {
  readonly forwardSubscription: SubscriptionForwarder
  readonly close: () => void
}

/**
 * One WebSocket for all subscriptions of the tab. It does not reconnect by itself: a subscription's
 * variables are frozen at first send, and ours must resume from its newest cursor. So each end,
 * also an orderly one, reaches the subscriber as an error.
 */
export function openLiveConnection(token: string, onUnauthenticated: () => void): LiveConnection {
  let pongTimer: ReturnType<typeof setTimeout> | undefined
  const socket = createClient({
    url: new URL('/graphql', location.href.replace(/^http/, 'ws')).href,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    keepAlive: KEEP_ALIVE_MS,
    on: {
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => socket.terminate(), PONG_TIMEOUT_MS)
      },
      pong: () => clearTimeout(pongTimer),
      closed: (event) => {
        clearTimeout(pongTimer)
        if (UNAUTHENTICATED_CODES.includes(closeCode(event))) onUnauthenticated()
      },
    },
  })
  return {
    forwardSubscription: (request) => ({
      subscribe: (observer) => ({
        unsubscribe: socket.subscribe(
          { ...request, query: request.query ?? '' },
          {
            next: (result) => observer.next(result as Parameters<typeof observer.next>[0]),
            error: (error) => observer.error(error),
            complete: () => observer.error(new Error('The stream of changes ended')),
          },
        ),
      }),
    }),
    close: () => void socket.dispose(),
  }
}

function closeCode(event: unknown): number {
  return event instanceof CloseEvent ? event.code : 0
}
