import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { JobDependencies } from '../dependencies.ts'

/**
 * Keeps the next poll from being due while `work` for this one takes long. Another process might have no place for an inventory, and what it
 * wrote of the statistics alone would make this one's inventory late, again and again. Renewed, so that a poll whose worker was killed is
 * made up for after an interval, as ever.
 */
export async function holdingNext<T>(
  { polls, schedule, clock, log }: Pick<JobDependencies, 'polls' | 'schedule' | 'clock' | 'log'>,
  poll: BegunPoll,
  work: () => Promise<T>,
): Promise<T> {
  let forget = (): void => {}
  let holding: Promise<void> | null = null
  const holdLater = (): void => {
    forget = clock.after(schedule.intervalMs / 2, () => {
      holding = polls.holdNext(poll, schedule.intervalMs).catch((error) => {
        log.warn({ cluster: poll.clusterName, error: error.message }, 'next poll could not be put off')
      })
      holdLater()
    })
  }
  holdLater()
  try {
    return await work()
  } finally {
    forget()
    await holding
  }
}
