import type { ClusterId } from '@flotilla/core/identity/ids'
import type { JobDependencies } from '../dependencies.ts'
import { runPoll } from './run-poll.ts'

/**
 * Polls one cluster now, due or not; a little later if this process is at it already, so that nudges do not pile up. Reads the inventory:
 * after a change of ours what is provisioned may be the same, and be something else.
 */
export async function pollCluster(dependencies: JobDependencies, clusterId: ClusterId): Promise<void> {
  if (dependencies.pollsUnderWay.has(clusterId)) return dependencies.nudges.nudge(clusterId)
  const poll = await dependencies.polls.begin(clusterId, dependencies.schedule.intervalMs)
  if (poll) await runPoll(dependencies, { ...poll, inventoryDue: true })
}
