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

export const EVENT_CHANNEL = 'flotilla_event'
