import { nextPollDelayMs, steadyMs } from '@flotilla/core/polling/poll-schedule'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { recordFindings } from '@flotilla/prisma/findings/record-findings'
import { applyObservation } from '@flotilla/prisma/polling/apply-observation'
import type { BegunPoll } from '@flotilla/prisma/polling/poll-store'
import { type PollFailure, recordPollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { WorkerDependencies } from '../dependencies.ts'
import { observeCluster } from './observe-cluster.ts'

/** A poll takes no longer than this, whatever the cluster does; each request and page has limits of its own. */
const POLL_TIMEOUT_MS = 30_000

/**
 * Asks one cluster and writes down what it said, or that it did not. Does nothing while this process is asking it
 * already: a slow cluster is not asked more for being slow. Throws only when nothing could be written at all.
 */
export async function runPoll(dependencies: WorkerDependencies, poll: BegunPoll): Promise<void> {
  const { database, schedule, log, pollsUnderWay } = dependencies
  if (pollsUnderWay.has(poll.clusterId)) return
  pollsUnderWay.add(poll.clusterId)
  try {
    await observeAndApply(dependencies, poll)
  } catch (error) {
    const failure = toFailure(error)
    if (failure.reason === 'FAULT')
      log.error({ cluster: poll.clusterName, err: error }, 'poll could not be written')
    else if (poll.connection === 'CONNECTED' || poll.failures === 0) {
      log.warn({ cluster: poll.clusterName, reason: failure.reason, error: failure.message }, 'poll failed')
    }
    const retryAfterMs = error instanceof DriverError ? (error.retryAfterMs ?? 0) : 0
    const nextPollInMs = nextPollDelayMs(schedule, poll.failures + 1, Math.random(), retryAfterMs)
    await recordPollFailure(database, poll, failure, nextPollInMs, steadyMs(schedule))
  } finally {
    pollsUnderWay.delete(poll.clusterId)
    dependencies.bus.publish()
  }
}

async function observeAndApply(dependencies: WorkerDependencies, poll: BegunPoll): Promise<void> {
  const { database, schedule, sessions, jobs, log } = dependencies
  const session = await sessions.open('POLL', poll.clusterId, poll.driver, poll.openAccess)
  const observation = await observeCluster(session, poll, AbortSignal.timeout(POLL_TIMEOUT_MS))
  const nextPollInMs = nextPollDelayMs(schedule, 0, Math.random())
  const applied = await applyObservation(
    database,
    poll,
    observation,
    nextPollInMs,
    schedule.inventoryIntervalMs,
    steadyMs(schedule),
  )
  const { outcome, leftovers, leftoverSnapshots, strays, seen } = applied
  const drifted = seen ? await recordFindings(database, poll, seen) : []
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
