import type { ClusterId } from '@flotilla/core/identity/ids'
import type { JobDependencies } from '../dependencies.ts'
import { runPoll } from './run-poll.ts'

/**
 * Polls one cluster now, due or not; a little later if this process is at it already, so that nudges do not pile up.
 *
 * @param readsInventory whatever the statistics say: what is provisioned may be the same, and be something else
 */
export async function pollCluster(
  dependencies: JobDependencies,
  clusterId: ClusterId,
  readsInventory = true,
): Promise<void> {
  const { nudges, polls, pollsUnderWay, schedule } = dependencies
  if (pollsUnderWay.has(clusterId)) return nudges.nudge(clusterId, readsInventory)
  const poll = await polls.begin(clusterId, schedule.intervalMs)
  if (poll) await runPoll(dependencies, readsInventory ? { ...poll, inventoryDue: true } : poll)
}
