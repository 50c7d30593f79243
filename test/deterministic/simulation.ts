import type { ClusterId, IdSource } from '@flotilla/core/identity/ids'
import { toId } from '@flotilla/core/identity/ids'
import type { JobQueue } from '@flotilla/core/ports/job-queue'
import { SAMPLE_POLICY, sampleClusterId, sampleUuid } from '@flotilla/core/testing/sample-fleet'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import { Chance } from './chance.ts'
import { Checker, type Contradiction } from './checker.ts'
import { Client } from './clients.ts'
import type { Defect } from './defects.ts'
import { type FaultKind, type FaultPlan, planFaults } from './fault-plan.ts'
import { happen } from './happenings.ts'
import { MemoryRecords } from './memory-records.ts'
import { ModelCluster } from './model-cluster.ts'
import { PlacementLock } from './placement-lock.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedServer } from './simulated-server.ts'
import { SCHEDULE, SimulatedWorker } from './simulated-worker.ts'
import { TraceHash } from './trace-hash.ts'
import type { Trouble } from './transport.ts'
import { VirtualTime } from './virtual-time.ts'

const GIB = 1n << 30n
const CLIENTS = 2
const SCHEDULE_EVERY_MS = 2_000
const LOOK_EVERY_MS = 500
/** From the moment at which nothing goes wrong any more and no request is still on its way: two poll intervals and a call's time-out. */
const CONVERGES_WITHIN_MS = 2 * SCHEDULE.intervalMs + 5_000
/** A killed worker's lease runs out by itself. */
const LEASE_MS = 30_000
/** While a create or a change may still be carried out late, no refusal of it is believed. */
const LATE_MS = 160_000

export interface SimulationOptions {
  readonly defect?: Defect
  /** Whether requests that come late may do what the product is known not to bear yet. */
  readonly withKnownGaps?: boolean
  /** Told of everything that happens. */
  readonly onLine?: (line: string) => void
}

/** What of the trouble lasts beyond its end: a killed worker's lease, or a create or a change that may yet be carried out. */
export type WaitedFor = 'NOTHING' | 'LEASE' | 'LATE'

export interface SimulationResult {
  readonly seed: number
  readonly plan: FaultPlan
  /** Equal for equal runs. */
  readonly hash: string
  readonly operations: number
  readonly events: number
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly contradictions: readonly Contradiction[]
  /** From the last trouble until records and clusters were the same; null when they never were. */
  readonly convergedAfterMs: number | null
  /** What it may have waited for meanwhile, and is given its time for besides. */
  readonly waitedFor: WaitedFor
}

/** One world from one seed: servers, workers, clusters and clients, on one line of time. */
export class Simulation implements Trouble {
  readonly seed: number
  readonly time = new VirtualTime()
  readonly chance: Chance
  readonly plan: FaultPlan
  readonly cutOff = new Set<ModelCluster>()
  readonly astray = new Set<ModelCluster>()
  readonly records: MemoryRecords
  readonly clusters: ReadonlyMap<ClusterId, ModelCluster>
  readonly workers: readonly SimulatedWorker[]
  readonly servers: readonly SimulatedServer[]
  readonly #checker: Checker
  readonly #clients: readonly Client[]
  readonly #faults = new Map<FaultKind, number>()
  readonly #hash = new TraceHash()
  readonly #onLine: ((line: string) => void) | undefined
  readonly #startedAtMs: number
  readonly #withKnownGaps: boolean
  #underWay = 0
  #busyClients = CLIENTS
  #isHealing = false
  /** Whether a create or a change without an answer was waited for since trouble was over. */
  #awaitsLate = false
  /** Whether somebody had a lease when trouble was over. */
  #awaitsLease = false
  #quietSinceMs: number | null = null
  #convergedAfterMs: number | null = null
  #events = 0
  #isDone = false

  constructor(seed: number, { defect, withKnownGaps = false, onLine }: SimulationOptions = {}) {
    this.seed = seed
    this.#onLine = onLine
    this.#withKnownGaps = withKnownGaps
    this.chance = new Chance(seed)
    this.plan = planFaults(this.chance)
    this.#startedAtMs = this.time.nowMs
    this.records = new MemoryRecords(SAMPLE_POLICY, () => this.time.nowMs)
    this.clusters = this.#makeClusters()
    this.#checker = new Checker(this.records, this.clusters)
    this.#checker.onContradiction = ({ rule, message }) =>
      this.note(`CONTRADICTION of rule ${rule}: ${message}`)
    this.records.onCommit = (commit) => {
      this.#checker.afterCommit(commit)
      this.note(`commit ${commit.kind} ${'volumeId' in commit ? commit.volumeId.slice(-4) : ''}`)
    }
    const lock = new PlacementLock(this)
    const process = (name: string) => new SimulatedProcess(name, this.time, this.chance)
    const jobs = this.#queue()
    const shared = { records: this.records, lock, trouble: this, jobs }
    const onFault = (message: string) => this.#checker.report('fault', message)
    const world = { ...shared, clusters: this.clusters, onFault, ...defect?.alter }
    this.workers = many(this.plan.workers, (index) => new SimulatedWorker(process(`worker-${index}`), world))
    const ids = this.#ids()
    this.servers = many(
      this.plan.servers,
      (index) => new SimulatedServer(process(`server-${index}`), { ...shared, ids }),
    )
    this.#clients = many(CLIENTS, (index) => new Client(`client-${index}`, this.servers, this))
    this.#begin(onFault)
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** One event. What it sets off has to come to its end (all of JavaScript's own queue) before the next. */
  step(): void {
    this.#events++
    if (!this.time.step()) throw new Error('time has come to its end')
  }

  result(): SimulationResult {
    return {
      seed: this.seed,
      plan: this.plan,
      hash: this.#hash.toString(),
      operations: this.plan.operations * CLIENTS,
      events: this.#events,
      faults: this.#faults,
      contradictions: this.#checker.contradictions,
      convergedAfterMs: this.#convergedAfterMs,
      waitedFor: this.#awaitsLate ? 'LATE' : this.#awaitsLease ? 'LEASE' : 'NOTHING',
    }
  }

  strikes(kind: FaultKind): boolean {
    const probability = this.plan.requestFaults.get(kind)
    if (probability === undefined || this.#isHealing || !this.chance.is(probability)) return false
    this.count(kind)
    return true
  }

  count(kind: FaultKind): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1)
    if (kind === 'LATE') this.#checker.hasLateRequests = true
  }

  note(line: string): void {
    const stamped = `${String(this.time.nowMs - this.#startedAtMs).padStart(7)} ${line}`
    this.#hash.add(stamped)
    this.#onLine?.(stamped)
  }

  isSpared(kind: 'CREATE' | 'CHANGE', what: string): boolean {
    if (this.#withKnownGaps || kind === 'CHANGE') return false
    const id = idOfBackendName('Volume', what.slice('create '.length))
    return id === null || this.records.volumes.get(id)?.state !== 'CREATING'
  }

  underWay(change: 1 | -1): void {
    this.#underWay += change
  }

  #begin(onFault: (message: string) => void): void {
    for (const client of this.#clients) {
      client.onFault = onFault
      const work = client.work(this.plan.operations, this.plan.troubleMs)
      work.catch((error: unknown) => onFault(String(error))).finally(() => this.#busyClients--)
    }
    this.#every(SCHEDULE_EVERY_MS, () => this.chance.pick(this.workers).pollDue())
    if (this.plan.happenings.length > 0) {
      this.#every(this.plan.happeningEveryMs, () => {
        if (this.#isHealing) return
        const kind = this.chance.pick(this.plan.happenings)
        happen(this, kind)
      })
    }
    this.time.after(this.plan.troubleMs, () => this.#heal())
    this.#every(LOOK_EVERY_MS, () => this.#look())
  }

  #heal(): void {
    this.#isHealing = true
    this.cutOff.clear()
    this.astray.clear()
    for (const cluster of this.clusters.values()) {
      cluster.isFull = false
      cluster.failNextCreates = 0
      cluster.misreportedBytes = 0n
    }
    this.note('healing')
  }

  /** Whether all is at rest; when it should be and is not, that is said once. */
  #look(): void {
    const processes = [...this.workers, ...this.servers].map(({ process }) => process)
    const isQuiet =
      this.#isHealing &&
      this.#busyClients === 0 &&
      this.#underWay === 0 &&
      processes.every(({ isFrozen }) => !isFrozen)
    if (!isQuiet) return
    if (this.#quietSinceMs === null) {
      this.#quietSinceMs = this.time.nowMs
      this.#awaitsLease = [...this.records.volumes.values()].some(
        ({ leasedUntilMs }) => leasedUntilMs !== null,
      )
    }
    const sinceMs = this.time.nowMs - this.#quietSinceMs
    const differences = this.#checker.differences()
    if (differences.length === 0) {
      this.#convergedAfterMs = sinceMs
      this.#checkAnswers()
      this.#isDone = true
      return
    }
    this.#awaitsLate ||= [...this.records.volumes.values()].some(
      ({ state, createUnknownAtMs, changeAskedAtMs }) =>
        (state === 'CREATING' && createUnknownAtMs !== null) || changeAskedAtMs !== null,
    )
    const waitsMs = (this.#awaitsLease ? LEASE_MS : 0) + (this.#awaitsLate ? LATE_MS : 0)
    if (sinceMs < CONVERGES_WITHIN_MS + waitsMs) return
    for (const { rule, message } of differences) this.#checker.report(rule, message)
    this.#isDone = true
  }

  /** Each answer that was given is true to the end. */
  #checkAnswers(): void {
    const operations = [...this.records.operations.values()]
    for (const { key, kind, volumeId } of this.#clients.flatMap(({ answered }) => answered)) {
      const own = operations.filter(({ idempotencyKey }) => idempotencyKey === key)
      if (own.length !== 1 || own[0]?.volumeId !== volumeId) {
        this.#checker.report(
          1,
          `${key} was answered with ${volumeId}, and ${own.length} operations bear its key`,
        )
      }
      if (own.some(({ state }) => state === 'PENDING' || state === 'RUNNING')) {
        this.#checker.report(1, `the operation of ${key} never ended`)
      }
      const row = this.records.volumes.get(volumeId)
      if (!row) this.#checker.report(1, `${volumeId} was acknowledged and is not on record`)
      else if (kind === 'DELETE' && row.state !== 'DELETED') {
        this.#checker.report(1, `the deletion of ${volumeId} was acknowledged, and it is ${row.state}`)
      }
    }
  }

  #every(ms: number, action: () => void): void {
    const again = () => {
      this.time.after(ms, again)
      action()
    }
    this.time.after(this.chance.whole(0, ms), again)
  }

  #makeClusters(): ReadonlyMap<ClusterId, ModelCluster> {
    const made = many(this.plan.clusters, (index) => {
      const id = sampleClusterId(index + 1)
      this.records.addCluster(id)
      const slow = this.plan.isSlowToCreate ? 8_000 : 400
      const delays = {
        createMs: this.chance.whole(0, slow),
        updateMs: this.chance.whole(0, 400),
        deleteMs: this.chance.whole(0, 2_000),
      }
      const effectiveBytes = BigInt(this.chance.whole(30, 120)) * GIB
      const cluster = new ModelCluster(id, effectiveBytes, this.time, delays)
      cluster.onEvent = (event) => {
        this.note(`${id.slice(-4)}: ${event.kind} ${event.volume.name} by ${event.by}`)
        this.#checker.onClusterEvent(cluster, event)
      }
      return [id, cluster] as const
    })
    return new Map(made)
  }

  #ids(): IdSource {
    let count = 0
    return { next: (type) => toId(type, sampleUuid((this.seed % 10_000_000) * 10_000 + ++count)) }
  }

  /** Jobs reach some worker, some time, mostly once. */
  #queue(): JobQueue {
    const send = (deliver: (worker: SimulatedWorker) => void) => {
      if (this.strikes('JOB_LOST')) return
      const times = this.strikes('JOB_TWICE') ? 2 : 1
      for (let count = 0; count < times; count++) {
        const ms = this.strikes('JOB_LATE') ? this.chance.whole(1_000, 60_000) : this.chance.whole(1, 50)
        this.time.after(ms, () => deliver(this.chance.pick(this.workers)))
      }
    }
    return {
      reconcileVolumes: (ids) => send((worker) => worker.reconcile(ids)),
      reconcileSnapshots() {},
      carryOutBulk() {},
      pollCluster: (id) => send((worker) => worker.poll(id)),
    }
  }
}

function many<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
