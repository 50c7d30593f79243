import type { JobDependencies } from '../dependencies.ts'
import { runPoll } from './run-poll.ts'
import { SHARD_COUNT } from './shard-poll.job.ts'

/** Polls every cluster of the shard that is due, side by side: none waits for another. */
export async function pollShard(dependencies: JobDependencies, shard: number): Promise<void> {
  const due = await dependencies.polls.beginDue(
    { index: shard, count: SHARD_COUNT },
    dependencies.schedule.intervalMs,
  )
  const results = await Promise.allSettled(due.map((poll) => runPoll(dependencies, poll)))
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} polls could not be written`)
}
