import type { AlertThresholds } from '@flotilla/core/alerts/alert-thresholds'
import type { OperationPorts } from '@flotilla/core/commands/new-operation'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { PollSchedule } from '@flotilla/core/polling/poll-schedule'
import type { FleetCommands } from '@flotilla/core/ports/fleet-commands'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import type { Database } from '@flotilla/prisma/database/connect'
import type { EventBus } from '@flotilla/prisma/events/event-bus'
import type { BulkCarrier } from '@flotilla/prisma/operations/bulk-carrier'
import type { PolicyCache } from '@flotilla/prisma/policies/policy-cache'
import type { PollStore } from '@flotilla/prisma/polling/poll-store'
import type { SnapshotLeaseStore } from '@flotilla/prisma/snapshots/snapshot-lease-store'
import type { ReconcileStore } from '@flotilla/prisma/volumes/reconcile-store'
import type { Logger } from 'pino'
import type { CallLimit } from './clusters/call-limit.ts'
import type { PollNudges } from './clusters/poll-nudges.ts'
import type { SessionPool } from './clusters/session-pool.ts'

/** What the jobs work with; made once by the composition root. */
export interface WorkerDependencies {
  readonly database: Database
  readonly polls: PollStore
  readonly reconciles: ReconcileStore
  readonly snapshots: SnapshotLeaseStore
  readonly bulks: BulkCarrier
  /** The API's own, for the items of bulk operations. */
  readonly commands: FleetCommands
  readonly commandPorts: OperationPorts
  readonly sessions: SessionPool
  readonly callLimit: CallLimit
  /** The clusters that this process is asking at this moment. */
  readonly pollsUnderWay: Set<ClusterId>
  readonly jobs: JobQueue
  readonly nudges: PollNudges
  readonly bus: EventBus
  readonly policies: PolicyCache
  readonly schedule: PollSchedule
  /** How long the details of decisions are kept. */
  readonly detailsKeptMs: number
  readonly alerts: AlertThresholds
  readonly log: Logger
}
