import type { AlertThresholds } from '@flotilla/core/alerts/alert-thresholds'
import type { OperationPorts } from '@flotilla/core/commands/begin-operation'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { PollSchedule } from '@flotilla/core/polling/poll-schedule'
import type { Clock } from '@flotilla/core/ports/clock'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import type { ReconcileStore } from '@flotilla/core/ports/reconcile-store'
import type { Database } from '@flotilla/prisma/database/connect'
import type { EventBus } from '@flotilla/prisma/events/event-bus'
import type { BulkCarrier } from '@flotilla/prisma/operations/bulk-carrier'
import type { PolicyCache } from '@flotilla/prisma/policies/policy-cache'
import type { SnapshotLeaseStore } from '@flotilla/prisma/snapshots/snapshot-lease-store'
import type { Logger } from 'pino'
import type { BackgroundWork } from './background-work.ts'
import type { CallLimit } from './clusters/call-limit.ts'
import type { CircuitBreaker } from './clusters/circuit-breaker.ts'
import type { PollNudges } from './clusters/poll-nudges.ts'
import type { PollPlaces } from './clusters/poll-places.ts'
import type { SessionPool } from './clusters/session-pool.ts'
import type { PollRecords } from './poll-records.ts'

/** What the jobs work through; each is a port, so that they run as well in simulated time, on records in memory. */
export interface JobDependencies {
  readonly polls: PollRecords
  readonly reconciles: ReconcileStore
  readonly snapshots: SnapshotLeaseStore
  readonly sessions: SessionPool
  readonly callLimit: CallLimit
  readonly breaker: CircuitBreaker
  /** The clusters that this process is asking at this moment, or is about to. */
  readonly pollsUnderWay: Set<ClusterId>
  readonly pollPlaces: PollPlaces
  /** What jobs have begun and do not wait for. */
  readonly background: BackgroundWork
  readonly jobs: JobQueue
  readonly nudges: PollNudges
  readonly bus: Pick<EventBus, 'publish'>
  readonly schedule: PollSchedule
  readonly clock: Clock
  readonly log: Logger
}

/** What a worker process works with; made once by the composition root. */
export interface WorkerDependencies extends JobDependencies {
  readonly database: Database
  readonly policies: PolicyCache
  readonly bulks: BulkCarrier
  /** The API's own, for the items of bulk operations. */
  readonly commands: FleetCommands
  readonly commandPorts: OperationPorts
  /** How long the details of decisions are kept. */
  readonly detailsKeptMs: number
  readonly alerts: AlertThresholds
}
