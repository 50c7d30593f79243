import { nextPollDelayMs } from '@flotilla/core/polling/poll-schedule'
import { DriverError } from '@flotilla/core/ports/cluster-driver'
import { applyObservation } from '@flotilla/prisma/polling/apply-observation'
import type { BegunPoll } from '@flotilla/prisma/polling/poll-store'
import { recordPollFailure } from '@flotilla/prisma/polling/record-poll-failure'
import type { WorkerDependencies } from '../dependencies.ts'
import { observeCluster } from './observe-cluster.ts'

/** A poll takes no longer than this, whatever the cluster does. */
const POLL_TIMEOUT_MS = 8_000

/** When the next poll is due if this one never ends, because its worker was killed; its end says better. */
export const NEXT_POLL_WITHOUT_END_MS = POLL_TIMEOUT_MS + 2_000

/** Asks one cluster and writes down what it said, or that it did not. Only faults of our own are thrown. */
export async function runPoll(dependencies: WorkerDependencies, poll: BegunPoll): Promise<void> {
  const { database, schedule, sessions, jobs, bus, log } = dependencies
  try {
    const session = await sessions.open(poll.clusterId, poll.driver, poll.openAccess)
    const observation = await observeCluster(session, poll, AbortSignal.timeout(POLL_TIMEOUT_MS))
    const { outcome, leftovers } = await applyObservation(
      database,
      poll,
      observation,
      nextPollDelayMs(schedule, 0, Math.random()),
      schedule.inventoryIntervalMs,
    )
    if (poll.connection !== 'CONNECTED' && outcome === 'APPLIED')
      log.info({ cluster: poll.clusterName }, 'connected')
    if (outcome === 'DUPLICATE' || outcome === 'FOREIGN_IDENTITY') {
      log.warn({ cluster: poll.clusterName, outcome }, 'quarantined')
    }
    if (leftovers.length > 0) jobs.reconcileVolumes(leftovers)
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    if (poll.connection === 'CONNECTED' || poll.failures === 0) {
      log.warn({ cluster: poll.clusterName, reason: error.reason, error: error.message }, 'poll failed')
    }
    await recordPollFailure(
      database,
      poll,
      error,
      nextPollDelayMs(schedule, poll.failures + 1, Math.random()),
    )
  } finally {
    bus.publish()
  }
}
