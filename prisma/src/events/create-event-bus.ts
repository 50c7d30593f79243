import type { EventBus } from './event-bus.ts'
import { createPostgresEventBus } from './postgres-event-bus.ts'
import { createRedisEventBus } from './redis-event-bus.ts'

export interface EventBusOptions {
  readonly connectionString: string
  /** Redis when given, else PostgreSQL's LISTEN and NOTIFY. */
  readonly redisUrl: string | null
}

/** The one place that chooses. */
export function createEventBus({ connectionString, redisUrl }: EventBusOptions): EventBus {
  return redisUrl ? createRedisEventBus(redisUrl) : createPostgresEventBus(connectionString)
}
