import { setTimeout as sleep } from 'node:timers/promises'
import type { EventCursor, FleetEvent } from '@flotilla/core/events/fleet-event'
import type { EventLog } from '@flotilla/core/ports/event-log'

/** Entries read at a time. */
const BATCH_SIZE = 500
/** When committed entries are held back by an older transaction, it will not be long. */
const PENDING_DELAY_MS = 20
const RETRY_DELAY_MS = 1_000
/** The first wake-up is followed at once; those of a burst are read together, or reading would cost as much as writing. */
const GATHER_MS = 10

export interface LogFollower {
  /** All entries up to here have been given to `onEvents`, or nobody wanted them. */
  position(): EventCursor
  /** Reads on, from the present end of the log if it was pausing. */
  resume(): Promise<void>
  /** Reads nothing until it is told to resume: where nobody listens, reading would be for nothing. */
  pause(): void
  close(): Promise<void>
}

interface LogListener {
  readonly onEvents: (events: readonly FleetEvent[]) => void
  /** Entries were missed, because the log was cleared up before they were read. */
  readonly onGap: () => void
  /** A read failed; it is tried again. */
  readonly onError: (error: unknown) => void
}

/** Gives every entry that is appended to the listener, once and in order, from when it is told to resume. */
export async function followLog(log: EventLog, listener: LogListener): Promise<LogFollower> {
  let position = await log.head()
  let isReading = false
  let isWanted = false
  let isPausing = true
  let resuming: Promise<void> | null = null
  let isClosed = false
  let running = Promise.resolve()

  const subscription = await log.subscribe(wake)
  return {
    position: () => position,
    async resume() {
      if (isPausing) {
        resuming ??= skipToEnd().finally(() => {
          resuming = null
        })
        await resuming
      }
      wake()
    },
    pause() {
      isPausing = true
    },
    async close() {
      isClosed = true
      await subscription.close()
      await running
    },
  }

  async function skipToEnd(): Promise<void> {
    await running
    position = await log.head()
    isPausing = false
  }

  function wake(): void {
    isWanted = true
    if (!isReading && !isPausing) running = readWhileWanted()
  }

  async function readWhileWanted(): Promise<void> {
    isReading = true
    while (isWanted && !isPausing && !isClosed) {
      isWanted = false
      try {
        const more = await readBatch()
        if (!more) await sleep(GATHER_MS)
        else isWanted = true
      } catch (error) {
        listener.onError(error)
        isWanted = true
        await sleep(RETRY_DELAY_MS)
      }
    }
    isReading = false
  }

  /** Whether there is more to be read already. */
  async function readBatch(): Promise<boolean> {
    const page = await log.readAfter(position, BATCH_SIZE)
    if (!page) {
      position = await log.head()
      listener.onGap()
      return false
    }
    position = page.events.at(-1)?.cursor ?? position
    listener.onEvents(page.events)
    if (page.pending) await sleep(PENDING_DELAY_MS)
    return page.pending || page.events.length === BATCH_SIZE
  }
}
