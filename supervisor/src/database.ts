import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import { BackOff } from './back-off.ts'

interface DatabaseOptions {
  dataFolder: string
  log: (line: string) => void
}

/** The embedded PostgreSQL, kept running: started again on the same port, with back-off, when it ends by itself. */
export class Database {
  readonly connectionString: string
  readonly #options: DatabaseOptions
  readonly #stopping = new AbortController()
  readonly #kept: Promise<void>
  #server: EmbeddedPostgres

  /** Resolves when it takes connections; throws what startEmbeddedPostgres throws. */
  static async start(options: DatabaseOptions): Promise<Database> {
    return new Database(options, await startEmbeddedPostgres(options))
  }

  private constructor(options: DatabaseOptions, server: EmbeddedPostgres) {
    this.#options = options
    this.#server = server
    this.connectionString = server.connectionString
    this.#kept = this.#keep()
  }

  /** The pid of the server that runs now. */
  get pid(): number {
    return this.#server.pid
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#server.stop()
    await this.#kept
    // A restart may have been under way.
    await this.#server.stop()
  }

  async #keep(): Promise<void> {
    const backOff = new BackOff()
    const { signal } = this.#stopping
    for (;;) {
      const startedAt = performance.now()
      // However it ended, it is to come back.
      const reason = await this.#server.exited.catch(String)
      let ranMs = performance.now() - startedAt
      while (!signal.aborted) {
        const delayMs = backOff.next(ranMs)
        ranMs = 0
        this.#options.log(
          `PostgreSQL ended unexpectedly (${reason}); starting it again in ${delayMs / 1000} s`,
        )
        await sleep(delayMs, undefined, { signal }).catch(() => {})
        if (signal.aborted || (await this.#startAgain())) break
      }
      if (signal.aborted) return
    }
  }

  async #startAgain(): Promise<boolean> {
    try {
      this.#server = await startEmbeddedPostgres({ ...this.#options, port: this.#server.port })
      return true
    } catch (error) {
      this.#options.log(error instanceof Error ? error.message : String(error))
      return false
    }
  }
}
