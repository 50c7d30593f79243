import type { JobDependencies } from '../dependencies.ts'
import { runPoll } from './run-poll.ts'
import { SHARD_COUNT } from './shard-poll.job.ts'

/**
 * Begins a poll of every cluster of the shard that is due, side by side, and leaves them to this process: a job that waited
 * for them would take a place from those of other shards for as long as one cluster hangs.
 */
export async function pollShard(dependencies: JobDependencies, shard: number): Promise<void> {
  const { polls, schedule, background } = dependencies
  const due = await polls.beginDue({ index: shard, count: SHARD_COUNT }, schedule.intervalMs)
  for (const poll of due) background.track(runPoll(dependencies, poll))
}
