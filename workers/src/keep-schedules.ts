import type { PollSchedule } from '@flotilla/core/polling/poll-schedule'
import type { Logger } from 'pino'
import { SHARD_COUNT, shardPoll } from './jobs/shard-poll.job.ts'
import { openSender, type QueueConnection } from './kit.ts'

/** Due clusters are looked for this many times in a poll interval. */
const LOOKS_PER_INTERVAL = 5
/** Each look costs the queue a dozen statements, however short the interval. */
const SHORTEST_LOOK_MS = 500
/** How soon schedules come back after the queue's storage was emptied. */
const RENEW_EVERY_MS = 10_000

/** Milliseconds between two looks for clusters that are due. */
export function lookEveryMs(schedule: PollSchedule): number {
  return Math.max(SHORTEST_LOOK_MS, Math.round(schedule.intervalMs / LOOKS_PER_INTERVAL))
}

/** Sets one job scheduler for each shard of clusters, and sets it again and again: a queue may lose everything at any moment. */
export function keepSchedules(
  connection: QueueConnection,
  schedule: PollSchedule,
  log: Logger,
): { close(): Promise<void> } {
  const polls = openSender(shardPoll, connection)
  let renewing: Promise<void> | null = null

  const renew = async (): Promise<void> => {
    for (let shard = 0; shard < SHARD_COUNT; shard++) {
      await polls.schedule(`shard-${shard}`, { every: lookEveryMs(schedule) }, { shard })
    }
  }
  const start = (): void => {
    renewing ??= renew()
      .catch((error: Error) => log.warn({ error: error.message }, 'schedules could not be set'))
      .finally(() => {
        renewing = null
      })
  }
  start()
  const timer = setInterval(start, RENEW_EVERY_MS)

  return {
    async close() {
      clearInterval(timer)
      await renewing
      await polls.close()
    },
  }
}
