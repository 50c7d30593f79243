import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/**
 * Clusters are spread over this many jobs, whatever their number: on PostgreSQL a job costs more than the polls of a dozen
 * quiet clusters. A job only begins polls, so a worker has soon taken the next one, and several workers share them.
 */
export const SHARD_COUNT = 2

/** Polls the clusters of one shard that are due. */
export const shardPoll: JobDefinition<{ shard: number }> = {
  name: 'shard.poll',
  payload: z.object({
    shard: z
      .number()
      .int()
      .min(0)
      .max(SHARD_COUNT - 1),
  }),
  concurrency: SHARD_COUNT * 2,
}
