import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { SteadyClient } from '../database/steady-client.ts'
import { coalesce } from './coalesce.ts'
import { EVENT_CHANNEL, type EventBus } from './event-bus.ts'

const RECONNECT_MS = 500
const CONNECT_TIMEOUT_MS = 5_000

/** One connection for sending, one for listening, made when first needed; the listener returns after any break. */
export function createPostgresEventBus(connectionString: string): EventBus {
  const sender = new pg.Pool({
    Client: SteadyClient,
    connectionString,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  })
  sender.on('error', () => {})
  const wakes = new Set<() => void>()
  const stopping = new AbortController()
  let listening: Promise<void> | null = null

  return {
    publish: coalesce(() => sender.query(`NOTIFY ${EVENT_CHANNEL}`)),
    async subscribe(wake) {
      wakes.add(wake)
      listening ??= keepListening(
        connectionString,
        () => wakes.forEach((each) => void each()),
        stopping.signal,
      )
      return { close: async () => void wakes.delete(wake) }
    },
    async close() {
      stopping.abort()
      await listening
      await sender.end()
    },
  }
}

async function keepListening(connectionString: string, wake: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listenOnce(connectionString, wake, signal).catch(() => {})
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {})
  }
}

/** Ends when the connection does, or with the signal. What was missed in between is made up by waking once after connecting. */
export async function listenOnce(
  connectionString: string,
  wake: () => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new SteadyClient({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  const ended = Promise.withResolvers<void>()
  const end = () => ended.resolve()
  client.once('end', end)
  client.once('error', end)
  signal.addEventListener('abort', end)
  try {
    await client.connect()
    client.on('notification', wake)
    await client.query(`LISTEN ${EVENT_CHANNEL}`)
    wake()
    await ended.promise
  } finally {
    // The signal outlives every connection.
    signal.removeEventListener('abort', end)
    await client.end().catch(() => {})
  }
}
