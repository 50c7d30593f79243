import { nextInventoryDelayMs, nextPollDelayMs, steadyMs } from '@flotilla/core/polling/poll-schedule'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { PollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { Places } from '../clusters/places.ts'
import type { JobDependencies } from '../dependencies.ts'
import { observeCluster } from './observe-cluster.ts'

/**
 * Asks one cluster and writes down what it said, or that it did not. Does nothing while this process is asking it
 * already: a slow cluster is not asked more for being slow. Throws only when nothing could be written at all.
 */
export async function runPoll(dependencies: JobDependencies, poll: BegunPoll): Promise<void> {
  const { polls, schedule, clock, log, pollsUnderWay, pollPlaces } = dependencies
  if (pollsUnderWay.has(poll.clusterId)) return
  pollsUnderWay.add(poll.clusterId)
  try {
    const places = pollPlaces.of(poll.failures)
    await places.polls.run(() => observeAndApply(dependencies, places.inventories, poll))
  } catch (error) {
    const failure = toFailure(error)
    if (failure.reason === 'FAULT')
      log.error({ cluster: poll.clusterName, err: error }, 'poll could not be written')
    else if (poll.connection === 'CONNECTED' || poll.failures === 0) {
      log.warn({ cluster: poll.clusterName, reason: failure.reason, error: failure.message }, 'poll failed')
    }
    const retryAfterMs = error instanceof DriverError ? (error.retryAfterMs ?? 0) : 0
    const nextPollInMs = nextPollDelayMs(schedule, clock.random(), retryAfterMs)
    await polls.fail(poll, failure, nextPollInMs, steadyMs(schedule))
  } finally {
    pollsUnderWay.delete(poll.clusterId)
    dependencies.bus.publish()
  }
}

async function observeAndApply(
  dependencies: JobDependencies,
  inventoryPlaces: Places,
  poll: BegunPoll,
): Promise<void> {
  const { polls, schedule, sessions, jobs, clock, log } = dependencies
  const session = await sessions.open('POLL', poll.clusterId, poll.driver, poll.openAccess)
  const readKnown = () => polls.knownVolumes(poll.clusterId)
  const observation = await observeCluster({ session, inventoryPlaces, readKnown, clock }, poll)
  const applied = await polls.apply(poll, observation, {
    pollInMs: nextPollDelayMs(schedule, clock.random()),
    inventoryInMs: nextInventoryDelayMs(schedule, clock.random()),
    steadyMs: steadyMs(schedule),
  })
  const { outcome, leftovers, leftoverSnapshots, strays, seen } = applied
  const drifted = seen ? await polls.recordFindings(poll, seen) : []
  if (drifted.length > 0) jobs.reconcileVolumes(drifted)
  if (poll.connection !== 'CONNECTED' && outcome === 'APPLIED')
    log.info({ cluster: poll.clusterName }, 'connected')
  if (outcome === 'DUPLICATE' || outcome === 'FOREIGN_IDENTITY') {
    log.warn({ cluster: poll.clusterName, outcome }, 'quarantined')
  }
  if (strays.length > 0)
    log.warn({ cluster: poll.clusterName, strays }, 'volumes of ours that should not be there')
  if (leftovers.length > 0) jobs.reconcileVolumes(leftovers)
  if (leftoverSnapshots.length > 0) jobs.reconcileSnapshots(leftoverSnapshots)
}

/** What is not the driver's is a fault of ours (a wrong master key, a figure that does not fit): shown, but not in detail. */
function toFailure(error: unknown): PollFailure {
  if (error instanceof DriverError) {
    const { outcome, reason, message } = error
    return { outcome, reason: outcome === 'UNAUTHORIZED' ? outcome : reason, message }
  }
  return {
    outcome: 'UNAVAILABLE',
    reason: 'FAULT',
    message: "what it said could not be used; the worker's log says why",
  }
}
