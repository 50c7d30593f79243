import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Clusters are spread over this many jobs, whatever their number: a scheduler for each cluster is too dear on PostgreSQL. */
export const SHARD_COUNT = 8

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
