import type { SimulatedProcess } from './simulated-process.ts'
import type { Trouble } from './transport.ts'

/** The connection to the records broke; whether the transaction was committed is not known to whoever hears this. */
export class ConnectionLost extends Error {
  /** As PostgreSQL numbers it. */
  readonly code = '08006'

  constructor() {
    super('the connection to the records was lost')
  }
}

/** The way from one process to the records: each call is one transaction, done at one instant or not at all. */
export class RecordsLink {
  readonly #process: SimulatedProcess
  readonly #trouble: Trouble

  constructor(process: SimulatedProcess, trouble: Trouble) {
    this.#process = process
    this.#trouble = trouble
  }

  run<T>(transaction: () => T): Promise<T> {
    const { time, chance } = this.#trouble
    const process = this.#process
    const { life } = process
    return new Promise((resolve, reject) => {
      const hear = (settle: () => void) => time.after(chance.whole(1, 5), () => process.deliver(life, settle))
      time.after(chance.whole(0, 5), () => {
        if (this.#trouble.strikes('COMMIT_REFUSED')) {
          hear(() => reject(new ConnectionLost()))
          return
        }
        try {
          const result = transaction()
          const isHeard = !this.#trouble.strikes('COMMIT_ANSWER_LOST')
          hear(() => (isHeard ? resolve(result) : reject(new ConnectionLost())))
        } catch (error) {
          hear(() => reject(error))
        }
      })
    })
  }
}
