import { z } from 'zod'
import type { JobDefinition } from '../kit.ts'

/** Schedules are spread over this many jobs, whatever their number, as clusters are over theirs. */
export const SCHEDULE_SHARD_COUNT = 4

/** Looks at the schedules of one shard that are due. */
export const snapshotSchedule: JobDefinition<{ shard: number }> = {
  name: 'snapshot.schedule',
  payload: z.object({
    shard: z
      .number()
      .int()
      .min(0)
      .max(SCHEDULE_SHARD_COUNT - 1),
  }),
  concurrency: SCHEDULE_SHARD_COUNT,
}
