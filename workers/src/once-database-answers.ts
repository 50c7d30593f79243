import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseAway } from '@flotilla/prisma/database/is-database-away'
import type { Logger } from 'pino'

const ASK_AGAIN_MS = 1_000

/** Does it again and again while the database is away: a worker outlives that in its start as it does later. */
export async function onceDatabaseAnswers<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error)) throw error
      log.warn({ error: (error as Error).message }, 'the database does not answer; asking again')
      await sleep(ASK_AGAIN_MS)
    }
  }
}
