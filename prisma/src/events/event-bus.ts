/**
 * Tells every process that the event log has grown. It carries no event: a lost call costs a moment, because readers
 * also look by the clock.
 */
export interface EventBus {
  /** Never throws and never waits; calls that come together become one. */
  publish(): void
  subscribe(wake: () => void): Promise<{ close(): Promise<void> }>
  close(): Promise<void>
}

export interface EventBusOptions {
  readonly connectionString: string
  /** Redis when given, else PostgreSQL's LISTEN and NOTIFY. */
  readonly redisUrl: string | null
}

export const EVENT_CHANNEL = 'flotilla_event'

/** The one place that chooses. */
export async function createEventBus(options: EventBusOptions): Promise<EventBus> {
  if (options.redisUrl) {
    const { createRedisEventBus } = await import('./redis-event-bus.ts')
    return createRedisEventBus(options.redisUrl)
  }
  const { createPostgresEventBus } = await import('./postgres-event-bus.ts')
  return createPostgresEventBus(options.connectionString)
}
