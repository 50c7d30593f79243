import type { ClusterId } from '@flotilla/core/identity/ids'
import type { JobDependencies } from '../dependencies.ts'
import { runPoll } from './run-poll.ts'

/**
 * Polls one cluster now, due or not; a little later if this process is at it already, so that nudges do not pile up, or has no place for its
 * inventory: another may be reading that, and a later poll without one would make it late.
 *
 * @param readsInventory whatever the statistics say: what is provisioned may be the same, and be something else
 */
export async function pollCluster(
  dependencies: JobDependencies,
  clusterId: ClusterId,
  readsInventory: boolean,
): Promise<void> {
  const { nudges, polls, pollPlaces, pollsUnderWay, schedule } = dependencies
  const hasNoPlace = pollPlaces.of(0).inventories.isFull
  if (pollsUnderWay.has(clusterId) || hasNoPlace) return nudges.nudge(clusterId, readsInventory)
  const poll = await polls.begin(clusterId, schedule.intervalMs, readsInventory)
  if (poll) await runPoll(dependencies, poll)
}
