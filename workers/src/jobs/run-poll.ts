import { nextInventoryDelayMs, nextPollDelayMs, steadyMs } from '@flotilla/core/polling/poll-schedule'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { isDatabaseAway } from '@flotilla/prisma/database/is-database-away'
import { isPassing } from '@flotilla/prisma/database/transaction'
import type { BegunPoll } from '@flotilla/prisma/polling/begun-poll'
import type { MatchedVolumes } from '@flotilla/prisma/polling/match-volumes'
import type { PollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { Places } from '../clusters/places.ts'
import type { JobDependencies } from '../dependencies.ts'
import { holdingNext } from './holding-next.ts'
import { observeCluster } from './observe-cluster.ts'

/**
 * Asks one cluster and writes down what it said, or that it did not. Does nothing while this process is asking it
 * already: a slow cluster is not asked more for being slow. Throws only when nothing could be written at all.
 */
export async function runPoll(dependencies: JobDependencies, poll: BegunPoll): Promise<void> {
  const { pollsUnderWay, pollPlaces } = dependencies
  if (pollsUnderWay.has(poll.clusterId)) return
  pollsUnderWay.add(poll.clusterId)
  try {
    const { polls, inventories } = pollPlaces.of(poll.failures)
    const ask = (inventoryPlaces: Pick<Places, 'tryRun'>) =>
      polls.run(() => observeAndApply(dependencies, inventoryPlaces, poll))
    // A cluster of which nothing is known has no figures that could grow old while it waits.
    if (!(await ask(inventories))) await inventories.run(() => ask(IN_PLACE))
  } catch (error) {
    await recordFailure(dependencies, poll, error)
  } finally {
    pollsUnderWay.delete(poll.clusterId)
    dependencies.bus.publish()
  }
}

/** There may be as many as a cluster has volumes, at each inventory; findings tell of them one by one. */
const STRAYS_NAMED = 10

/** For who has a place for an inventory already. */
const IN_PLACE: Pick<Places, 'tryRun'> = { tryRun: (work) => work() }

/** @returns `false` where there was nothing to apply, for want of a place for the inventory */
async function observeAndApply(
  dependencies: JobDependencies,
  inventoryPlaces: Pick<Places, 'tryRun'>,
  poll: BegunPoll,
): Promise<boolean> {
  const { polls, schedule, sessions, jobs, clock, log } = dependencies
  const session = await sessions.open('POLL', poll.clusterId, poll.driver, poll.openAccess)
  const readKnown = () => polls.knownVolumes(poll.clusterId)
  const whileReading = <T>(read: () => Promise<T>) => holdingNext(dependencies, poll, read)
  const means = { session, inventoryPlaces, readKnown, whileReading, clock }
  const observation = await observeCluster(means, poll)
  if (!observation) return false
  const applied = await polls.apply(poll, observation, {
    pollInMs: nextPollDelayMs(schedule, clock.random()),
    inventoryInMs: nextInventoryDelayMs(schedule, clock.random()),
    steadyMs: steadyMs(schedule),
  })
  const { outcome, leftovers, leftoverSnapshots, strays, seen } = applied
  if (poll.connection !== 'CONNECTED' && outcome === 'APPLIED')
    log.info({ cluster: poll.clusterName }, 'connected')
  if (outcome === 'DUPLICATE' || outcome === 'FOREIGN_IDENTITY') {
    log.warn({ cluster: poll.clusterName, outcome }, 'quarantined')
  }
  if (strays.length > 0) {
    const told = { cluster: poll.clusterName, count: strays.length, first: strays.slice(0, STRAYS_NAMED) }
    log.warn(told, 'volumes of ours that should not be there')
  }
  if (leftovers.length > 0) jobs.reconcileVolumes(leftovers)
  if (leftoverSnapshots.length > 0) jobs.reconcileSnapshots(leftoverSnapshots)
  if (seen) await recordFindings(dependencies, poll, seen)
  return true
}

/** The poll is written by now: what goes wrong here is no failure of it. */
async function recordFindings(
  { polls, jobs, nudges, log }: JobDependencies,
  poll: BegunPoll,
  seen: MatchedVolumes,
): Promise<void> {
  try {
    const drifted = await polls.recordFindings(poll, seen)
    if (drifted.length > 0) jobs.reconcileVolumes(drifted)
  } catch (error) {
    log.error({ cluster: poll.clusterName, err: error }, 'findings could not be written')
    if (isOfRecords(error)) nudges.nudge(poll.clusterId)
  }
}

/** What the records have failed in says nothing of the cluster, and what waits for a poll waits for the next one, which was set when this one began. */
async function recordFailure(
  { polls, schedule, clock, log }: JobDependencies,
  poll: BegunPoll,
  error: unknown,
): Promise<void> {
  const cluster = poll.clusterName
  if (isOfRecords(error)) {
    log.warn({ cluster, error: error.message }, 'poll was not written, or nobody knows')
    return
  }
  const failure = toFailure(error)
  if (failure.reason === 'FAULT') log.error({ cluster, err: error }, 'poll could not be written')
  else if (poll.connection === 'CONNECTED' || poll.failures === 0) {
    log.warn({ cluster, reason: failure.reason, error: failure.message }, 'poll failed')
  }
  const retryAfterMs = error instanceof DriverError ? (error.retryAfterMs ?? 0) : 0
  const nextPollInMs = nextPollDelayMs(schedule, clock.random(), retryAfterMs)
  await polls.fail(poll, failure, nextPollInMs, steadyMs(schedule))
}

/** Whether our database was out of reach or busy. A cluster that is out of reach has the same causes, inside of an error of its driver's. */
function isOfRecords(error: unknown): error is Error {
  return !(error instanceof DriverError) && (isDatabaseAway(error) || isPassing(error))
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
