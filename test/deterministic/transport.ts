import { DriverError } from '@flotilla/core/ports/cluster-driver'
import type { Chance } from './chance.ts'
import type { FaultKind } from './fault-plan.ts'
import type { ModelCluster } from './model-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** As the driver's requests have it. */
const TIMEOUT_MS = 5_000
/** A request may be carried out this much after it was sent, and no later. */
const LATEST_MS = 120_000

/** What the simulation as a whole knows of, and every link asks. */
export interface Trouble {
  readonly time: VirtualTime
  readonly chance: Chance
  /** Whether this fault comes now; never once everything is to heal. Counted. */
  strikes(kind: FaultKind): boolean
  note(line: string): void
  /** Clusters that cannot be reached. */
  readonly cutOff: ReadonlySet<ModelCluster>
  /** Clusters whose address leads to another one. */
  readonly astray: ReadonlySet<ModelCluster>
  /** Whether a request of this kind, carried out late, meets a weakness that is known (docs/reliability-simulation.md). */
  isSpared(kind: 'CREATE' | 'CHANGE', what: string): boolean
  /** Something is on its way that may yet be carried out. */
  underWay(change: 1 | -1): void
}

/** The way from one process to the clusters. */
export class Transport {
  readonly #process: SimulatedProcess
  readonly #trouble: Trouble

  constructor(process: SimulatedProcess, trouble: Trouble) {
    this.#process = process
    this.#trouble = trouble
  }

  identityOf(cluster: ModelCluster): string {
    return this.#trouble.astray.has(cluster) ? `${cluster.backendId}-other` : cluster.backendId
  }

  send<T>(
    cluster: ModelCluster,
    kind: 'READ' | 'CREATE' | 'CHANGE',
    what: string,
    signal: AbortSignal | undefined,
    carryOut: () => T,
    takesSpace = kind === 'CREATE',
  ): Promise<T> {
    const { time, chance } = this.#trouble
    const process = this.#process
    const { life } = process
    const text = `${process.name} -> ${cluster.id.slice(-4)} ${what}`
    const unanswered = kind === 'READ' ? 'UNAVAILABLE' : 'UNKNOWN'
    return new Promise((resolve, reject) => {
      const answer = (ms: number, settle: () => void) => time.after(ms, () => process.deliver(life, settle))
      const fail = (ms: number, error: DriverError): void => {
        answer(ms, () => reject(error))
      }
      const run = (): { value: T } | { error: unknown } => {
        try {
          return { value: carryOut() }
        } catch (error) {
          return { error }
        }
      }
      const silent = new DriverError(unanswered, 'TIMEOUT', 'did not answer')
      const runLater = (kind: 'CREATE' | 'CHANGE', ms: number) => {
        this.#trouble.underWay(1)
        time.after(ms, () => {
          this.#trouble.underWay(-1)
          if (this.#trouble.isSpared(kind, what)) return
          const done = run()
          this.#trouble.note(`${text}: carried out late, ${'error' in done ? done.error : 'done'}`)
        })
      }
      if (signal?.aborted) {
        fail(0, new DriverError('UNAVAILABLE', 'CANCELLED', 'cancelled'))
        return
      }
      if (this.#trouble.cutOff.has(cluster)) {
        this.#trouble.note(`${text}: cut off`)
        fail(chance.whole(1, 20), new DriverError('UNAVAILABLE', 'CONNECT', 'cannot be reached'))
        return
      }
      if (this.#trouble.strikes('UNAVAILABLE')) {
        this.#trouble.note(`${text}: unavailable`)
        fail(chance.whole(1, 50), new DriverError('UNAVAILABLE', 'THROTTLED', 'not now'))
        return
      }
      if (this.#trouble.strikes('REQUEST_LOST')) {
        this.#trouble.note(`${text}: request lost`)
        fail(TIMEOUT_MS, silent)
        return
      }
      if (kind !== 'READ' && this.#trouble.strikes('LATE')) {
        const ms = chance.is(0.3) ? chance.whole(110_000, LATEST_MS) : chance.whole(1_000, LATEST_MS)
        this.#trouble.note(`${text}: will be late by ${ms} ms`)
        runLater(kind, ms)
        fail(TIMEOUT_MS, silent)
        return
      }
      if (takesSpace && this.#trouble.strikes('NO_SPACE')) {
        this.#trouble.note(`${text}: no space`)
        fail(chance.whole(1, 50), new DriverError('REFUSED', 'NO_SPACE', 'is full'))
        return
      }
      const oneWay = this.#trouble.strikes('SLOW') ? chance.whole(100, 2_000) : chance.whole(1, 20)
      time.after(oneWay, () => {
        const done = run()
        this.#trouble.note(`${text}: ${'error' in done ? done.error : 'done'}`)
        if (this.#trouble.strikes('ANSWER_LOST')) fail(TIMEOUT_MS - oneWay, silent)
        else if (this.#trouble.strikes('SERVER_ERROR'))
          fail(1, new DriverError(unanswered, 'SERVER_ERROR', 'broke'))
        else answer(oneWay, () => ('error' in done ? reject(done.error) : resolve(done.value)))
      })
    })
  }
}
