import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import type { ReconcileStore } from '@flotilla/core/ports/reconcile-store'
import { createCallLimit } from '@flotilla/workers/clusters/call-limit'
import { createCircuitBreaker } from '@flotilla/workers/clusters/circuit-breaker'
import { createPollNudges } from '@flotilla/workers/clusters/poll-nudges'
import { createPollPlaces } from '@flotilla/workers/clusters/poll-places'
import type { JobDependencies } from '@flotilla/workers/dependencies'
import { createDueWork } from '@flotilla/workers/due-work'
import { pollCluster } from '@flotilla/workers/jobs/cluster-poll'
import { runPoll } from '@flotilla/workers/jobs/run-poll'
import { reconcileVolume, reconcileVolumes } from '@flotilla/workers/jobs/volume-reconcile'
import type { PollRecords } from '@flotilla/workers/poll-records'
import type { Logger } from 'pino'
import { beginReplace, lease, settle, takeDue } from './memory-leases.ts'
import { applyPoll, beginPolls, failPoll, holdNextPoll } from './memory-polls.ts'
import type { MemoryRecords } from './memory-records.ts'
import type { ModelCluster } from './model-cluster.ts'
import { ModelSession } from './model-session.ts'
import type { PlacementLock } from './placement-lock.ts'
import { ConnectionLost, RecordsLink } from './records-link.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { Transport, type Trouble } from './transport.ts'

export const SCHEDULE = { intervalMs: 10_000, inventoryIntervalMs: 30_000 }
const SWEEP_EVERY_MS = 1_000
const OVERDUE_MS = 6_000
const CALLS_PER_CLUSTER = 32

/** What the workers of one simulation share. */
export interface WorkerWorld {
  readonly records: MemoryRecords
  readonly clusters: ReadonlyMap<ClusterId, ModelCluster>
  readonly lock: PlacementLock
  readonly trouble: Trouble
  readonly jobs: JobQueue
  /** Told of what no fault of the world explains. */
  onFault(message: string): void
  /** How a defect gets in between. */
  readonly alterReconciles?: (store: ReconcileStore, records: MemoryRecords) => ReconcileStore
  readonly alterPolls?: (store: PollRecords, records: MemoryRecords) => PollRecords
}

/** A worker process: the product's own jobs, on this world's ports. What it knows is lost when it is killed. */
export class SimulatedWorker {
  readonly process: SimulatedProcess
  readonly #world: WorkerWorld
  #dependencies: JobDependencies

  constructor(process: SimulatedProcess, world: WorkerWorld) {
    this.process = process
    this.#world = world
    this.#dependencies = this.#start()
  }

  kill(): void {
    this.process.kill()
  }

  /** Comes up again with nothing in memory. */
  restart(): void {
    this.#dependencies = this.#start()
  }

  /** One job of the queue. */
  reconcile(ids: readonly VolumeId[]): void {
    this.#watch(reconcileVolumes(this.#dependencies, ids))
  }

  poll(id: ClusterId): void {
    this.#watch(pollCluster(this.#dependencies, id, false))
  }

  /** The queue's scheduled job: every cluster that is due. */
  pollDue(): void {
    const dependencies = this.#dependencies
    const run = async () => {
      const due = await dependencies.polls.beginDue({ index: 0, count: 1 }, SCHEDULE.intervalMs)
      for (const poll of due) this.#watch(runPoll(dependencies, poll))
    }
    this.#watch(run())
  }

  #start(): JobDependencies {
    const dependencies = this.#connect()
    const dueVolumes = createDueWork(
      {
        take: dependencies.reconciles.takeDue,
        work: (id) => reconcileVolume(dependencies, id),
        onError: (error) => this.#report(error),
      },
      dependencies.background,
      this.process,
    )
    const sweep = async () => {
      await dueVolumes.begin()
      const overdue = await dependencies.polls.beginOverdue(OVERDUE_MS, SCHEDULE.intervalMs)
      for (const poll of overdue) this.#watch(runPoll(dependencies, poll))
    }
    const sweepAgain = () => {
      this.#watch(sweep())
      this.process.after(SWEEP_EVERY_MS, sweepAgain)
    }
    this.process.after(SWEEP_EVERY_MS, sweepAgain)
    return dependencies
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#report(error))
  }

  #report(error: unknown): void {
    const faults = error instanceof AggregateError ? error.errors : [error]
    for (const fault of faults) if (!(fault instanceof ConnectionLost)) this.#world.onFault(String(fault))
  }

  #connect(): JobDependencies {
    const { process } = this
    const world = this.#world
    const { records, trouble, jobs } = world
    const link = new RecordsLink(process, trouble)
    const transport = new Transport(process, trouble)
    const reconciles = reconcileStore(records, link, world.lock, process)
    const polls = pollRecords(records, link)
    const dependencies: JobDependencies = {
      reconciles: world.alterReconciles?.(reconciles, records) ?? reconciles,
      polls: world.alterPolls?.(polls, records) ?? polls,
      snapshots: {
        lease: async () => null,
        settle: () => Promise.reject(new Error('there are no snapshots')),
        takeDue: async () => [],
      },
      sessions: {
        async open(_purpose, clusterId, _driver, openAccess) {
          const { expectedBackendId } = await openAccess()
          const cluster = world.clusters.get(clusterId)
          if (!cluster) throw new Error(`${clusterId} is no cluster`)
          return new ModelSession(cluster, transport, expectedBackendId)
        },
        close: async () => {},
      },
      callLimit: createCallLimit(CALLS_PER_CLUSTER),
      breaker: createCircuitBreaker(process),
      pollsUnderWay: new Set(),
      pollPlaces: createPollPlaces(),
      background: { size: 0, track: (work) => this.#watch(work), close: async () => {} },
      jobs,
      nudges: createPollNudges(process, (clusterId, readsInventory) =>
        pollCluster(dependencies, clusterId, readsInventory).catch((error) => {
          if (!(error instanceof ConnectionLost)) world.onFault(String(error))
        }),
      ),
      bus: { publish() {} },
      schedule: SCHEDULE,
      clock: process,
      log: logFor(world),
    }
    return dependencies
  }
}

function reconcileStore(
  records: MemoryRecords,
  link: RecordsLink,
  lock: PlacementLock,
  process: SimulatedProcess,
): ReconcileStore {
  return {
    lease: (volumeId) => link.run(() => lease(records, volumeId)),
    settle: (held, settlement) => link.run(() => settle(records, held, settlement)),
    replace: (held, refusal) => lock.run(process, () => beginReplace(records, held, refusal)),
    takeDue: (perCluster, busy) => link.run(() => takeDue(records, perCluster, busy)),
  }
}

function pollRecords(records: MemoryRecords, link: RecordsLink): PollRecords {
  return {
    beginDue: (_shard, nextInMs) =>
      link.run(() => beginPolls(records, nextInMs, (row) => row.nextPollAtMs <= records.nowMs)),
    beginOverdue: (overdueMs, nextInMs) =>
      link.run(() => beginPolls(records, nextInMs, (row) => row.nextPollAtMs <= records.nowMs - overdueMs)),
    begin: async (clusterId, nextInMs, readsInventory) => {
      const [begun] = await link.run(() =>
        beginPolls(records, nextInMs, ({ id }) => id === clusterId, readsInventory),
      )
      return begun ?? null
    },
    holdNext: (poll, nextInMs) => link.run(() => holdNextPoll(records, poll, nextInMs)),
    knownVolumes: async () => ({ own: new Set(), foreign: new Set() }),
    apply: (poll, observation, { pollInMs, inventoryInMs }) =>
      link.run(() => applyPoll(records, poll, observation, pollInMs, inventoryInMs)),
    recordFindings: async () => [],
    fail: (poll, failure, nextPollInMs) => link.run(() => failPoll(records, poll, failure, nextPollInMs)),
  }
}

/** An error that is logged is a fault of ours, unless the records were out of reach. */
function logFor(world: WorkerWorld): Logger {
  const quiet = () => {}
  const error = (details: { err?: unknown }) => {
    if (!(details.err instanceof ConnectionLost)) world.onFault(String(details.err))
  }
  return { debug: quiet, info: quiet, warn: quiet, error } as unknown as Logger
}
