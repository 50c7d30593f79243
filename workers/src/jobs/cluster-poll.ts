import type { ClusterId } from '@flotilla/core/identity/ids'
import type { WorkerDependencies } from '../dependencies.ts'
import { NEXT_POLL_WITHOUT_END_MS, runPoll } from './run-poll.ts'

/** Polls one cluster now, due or not; a little later if this process is at it already, so that nudges do not pile up. */
export function createClusterPoll(dependencies: WorkerDependencies): (clusterId: ClusterId) => Promise<void> {
  const underWay = new Set<ClusterId>()
  return async (clusterId) => {
    if (underWay.has(clusterId)) return dependencies.jobs.pollClusterSoon(clusterId)
    underWay.add(clusterId)
    try {
      const poll = await dependencies.polls.begin(clusterId, NEXT_POLL_WITHOUT_END_MS)
      if (poll) await runPoll(dependencies, poll)
    } finally {
      underWay.delete(clusterId)
    }
  }
}
