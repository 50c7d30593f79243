import { ConnectionLost } from './records-link.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Trouble } from './transport.ts'

const TRIES = 8

/**
 * The placement lock: transactions that decide about promised bytes come one after the other, over all processes, each in two
 * halves with time in between. The lock of a process that dies is freed, and what it had not committed never was.
 */
export class PlacementLock {
  readonly #trouble: Trouble
  readonly #waiting: (() => void)[] = []
  #isHeld = false

  constructor(trouble: Trouble) {
    this.#trouble = trouble
  }

  /** @param begin reads; what it gives writes, or answers null when that has to be done again on fresh facts */
  run<T>(process: SimulatedProcess, begin: () => () => T | null): Promise<T> {
    const { time, chance } = this.#trouble
    const { life } = process
    return new Promise((resolve, reject) => {
      const hear = (settle: () => void) => time.after(chance.whole(1, 5), () => process.deliver(life, settle))
      const attempt = (tries: number): void => {
        const commit = begin()
        time.after(chance.whole(0, 40), () => {
          if (process.life !== life) return this.#release()
          if (this.#trouble.strikes('COMMIT_REFUSED')) {
            this.#release()
            return hear(() => reject(new ConnectionLost()))
          }
          const result = commit()
          if (result === null && tries < TRIES) return attempt(tries + 1)
          this.#release()
          if (result === null) hear(() => reject(new Error('lost every race')))
          else if (this.#trouble.strikes('COMMIT_ANSWER_LOST')) hear(() => reject(new ConnectionLost()))
          else hear(() => resolve(result))
        })
      }
      this.#acquire(() => (process.life === life ? attempt(1) : this.#release()))
    })
  }

  #acquire(work: () => void): void {
    if (this.#isHeld) {
      this.#waiting.push(work)
    } else {
      this.#isHeld = true
      work()
    }
  }

  #release(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#isHeld = false
  }
}
