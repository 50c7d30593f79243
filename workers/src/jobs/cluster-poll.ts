import type { ClusterId } from '@flotilla/core/identity/ids'
import type { WorkerDependencies } from '../dependencies.ts'
import { NEXT_POLL_WITHOUT_END_MS, runPoll } from './run-poll.ts'

/** Polls one cluster now, due or not. */
export async function pollCluster(dependencies: WorkerDependencies, clusterId: ClusterId): Promise<void> {
  const poll = await dependencies.polls.begin(clusterId, NEXT_POLL_WITHOUT_END_MS)
  if (poll) await runPoll(dependencies, poll)
}
