import type { AlertThresholds } from '@flotilla/core/alerts/alert-thresholds'
import type { PollSchedule } from '@flotilla/core/polling/poll-schedule'
import type { MasterKeys } from '@flotilla/core/settings/master-keys'
import { createStoredCommands, operationPorts } from '@flotilla/prisma/commands/stored-commands'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { createEventBus } from '@flotilla/prisma/events/create-event-bus'
import { createBulkCarrier } from '@flotilla/prisma/operations/bulk-carrier'
import { createShadowComparison } from '@flotilla/prisma/placement/shadow-comparison'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { requireMasterKeys } from '@flotilla/prisma/secrets/require-master-keys'
import { createServiceKeyStore } from '@flotilla/prisma/secrets/service-key-store'
import { createVault } from '@flotilla/prisma/secrets/vault'
import { createSnapshotLeaseStore } from '@flotilla/prisma/snapshots/snapshot-lease-store'
import { createReconcileStore } from '@flotilla/prisma/volumes/reconcile-store'
import type { Logger } from 'pino'
import { createBackgroundWork } from './background-work.ts'
import { createJobClient } from './client.ts'
import { createCallLimit } from './clusters/call-limit.ts'
import { createCircuitBreaker } from './clusters/circuit-breaker.ts'
import { createPollNudges } from './clusters/poll-nudges.ts'
import { createPollPlaces } from './clusters/poll-places.ts'
import { createSessionPool } from './clusters/session-pool.ts'
import type { WorkerDependencies } from './dependencies.ts'
import { bulkCarryOut } from './jobs/bulk-carry-out.job.ts'
import { carryOutBulk } from './jobs/bulk-carry-out.ts'
import { clusterPoll } from './jobs/cluster-poll.job.ts'
import { pollCluster } from './jobs/cluster-poll.ts'
import { shardPoll } from './jobs/shard-poll.job.ts'
import { pollShard } from './jobs/shard-poll.ts'
import { snapshotReconcile } from './jobs/snapshot-reconcile.job.ts'
import { reconcileSnapshot } from './jobs/snapshot-reconcile.ts'
import { volumeReconcile } from './jobs/volume-reconcile.job.ts'
import { reconcileVolumes } from './jobs/volume-reconcile.ts'
import { keepSchedules, lookEveryMs } from './keep-schedules.ts'
import { type QueueConnection, runJobs } from './kit.ts'
import { onceDatabaseAnswers } from './once-database-answers.ts'
import { createPollRecords } from './poll-records.ts'
import { startSweep } from './sweep.ts'
import { systemClock } from './system-clock.ts'

export interface WorkerOptions extends QueueConnection {
  readonly masterKeys: MasterKeys
  readonly schedule: PollSchedule
  readonly detailsKeptMs: number
  readonly alerts: AlertThresholds
  readonly log: Logger
}

const REQUEST_TIMEOUT_MS = 5_000
const VOLUMES_PER_CLUSTER = 32
const DATABASE_CONNECTIONS = 8
/** A poll that is this many looks late is taken by the sweep. */
const LOOKS_UNTIL_OVERDUE = 3

/**
 * Brings up every job of this process, once the database answers; what it made is closed in reverse order.
 *
 * @throws WrongMasterKeyError, when the process has to end
 */
export async function startWorkers(options: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const { log, schedule } = options
  const database = connectDatabase({
    connectionString: options.connectionString,
    maxConnections: DATABASE_CONNECTIONS,
    onIdleError: (error) => log.warn({ error: error.message }, 'database connection lost'),
  })
  const vault = createVault(options.masterKeys)
  await onceDatabaseAnswers(log, () => requireMasterKeys(database.pool, vault, (line) => log.error(line)))
  const serviceKeys = createServiceKeyStore(database, vault)
  const bus = createEventBus(options)
  const sessions = createSessionPool(REQUEST_TIMEOUT_MS)
  const policies = createPolicyCache()
  const jobs = createJobClient(options, (error) => log.warn({ error: error.message }, 'queue not reached'))
  const onError = (job: string, error: Error) => log.warn({ job, error: error.message }, 'job failed')
  const shadows = createShadowComparison(database, (error) =>
    log.warn({ error: error.message }, 'a shadow policy could not decide'),
  )
  const dependencies: WorkerDependencies = {
    database,
    polls: createPollRecords(database, vault, serviceKeys),
    reconciles: createReconcileStore(database, vault, serviceKeys, policies),
    snapshots: createSnapshotLeaseStore(database, vault, serviceKeys),
    bulks: createBulkCarrier(database),
    commands: createStoredCommands({ database, bus, vault, jobs, shadows }),
    commandPorts: operationPorts,
    sessions,
    callLimit: createCallLimit(VOLUMES_PER_CLUSTER),
    breaker: createCircuitBreaker(systemClock),
    pollsUnderWay: new Set(),
    pollPlaces: createPollPlaces(),
    background: createBackgroundWork((error) => onError('polls', error)),
    jobs,
    nudges: createPollNudges(systemClock, async (clusterId, readsInventory) => {
      await pollCluster(dependencies, clusterId, readsInventory).catch((error) =>
        onError(clusterPoll.name, error),
      )
    }),
    bus,
    policies,
    clock: systemClock,
    schedule,
    detailsKeptMs: options.detailsKeptMs,
    alerts: options.alerts,
    log,
  }
  const runners = [
    runJobs(shardPoll, options, ({ shard }) => pollShard(dependencies, shard), onError),
    // A first poll reads the inventory in any case, and so does one that somebody asked for: its operation says so.
    runJobs(clusterPoll, options, ({ clusterId }) => pollCluster(dependencies, clusterId, false), onError),
    runJobs(
      snapshotReconcile,
      options,
      ({ snapshotId }) => reconcileSnapshot(dependencies, snapshotId),
      onError,
    ),
    runJobs(bulkCarryOut, options, ({ operationId }) => carryOutBulk(dependencies, operationId), onError),
    runJobs(volumeReconcile, options, ({ volumeIds }) => reconcileVolumes(dependencies, volumeIds), onError),
  ]
  const schedules = keepSchedules(options, schedule, log)
  const sweep = startSweep(dependencies, lookEveryMs(schedule) * LOOKS_UNTIL_OVERDUE)
  return {
    async close() {
      await Promise.all([schedules, sweep, ...runners].map((part) => part.close()))
      await dependencies.background.close()
      await dependencies.nudges.close()
      await shadows.close()
      await jobs.close()
      await sessions.close()
      await bus.close()
      await database.close()
    },
  }
}
