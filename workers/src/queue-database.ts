import { setTimeout as sleep } from 'node:timers/promises'
import { SteadyClient } from '@flotilla/prisma/database/steady-client'
import { runMigrations } from 'bullmq'
import pg from 'pg'

const SCHEMA = 'bullmq'
/** One that listens for each kind of job, and as many again for statements, which are short. */
const POOL_SIZE = 12
const RETRY_MS = 500

/** The tables of all queues of this process on one database, over one pool: a connection costs the database as much as dozens of statements. */
export class QueueDatabase {
  static readonly #open = new Map<string, QueueDatabase>()
  readonly pool: pg.Pool
  readonly #connectionString: string
  #users = 0
  #migrated: Promise<void> | null = null

  /** The one of this process, opened when first asked for; each who asks closes it once. */
  static use(connectionString: string): QueueDatabase {
    const database = QueueDatabase.#open.get(connectionString) ?? new QueueDatabase(connectionString)
    QueueDatabase.#open.set(connectionString, database)
    database.#users++
    return database
  }

  private constructor(connectionString: string) {
    this.#connectionString = connectionString
    this.pool = new pg.Pool({
      Client: SteadyClient,
      connectionString,
      max: POOL_SIZE,
      keepAlive: true,
      options: `-c search_path=${SCHEMA}`,
    })
    // Each queue listens to it.
    this.pool.setMaxListeners(0)
  }

  /** Brings the tables up to date, once for all; tries again until the database answers. Told of each fault is who waits first. */
  migrate(onError: (error: unknown) => void): Promise<void> {
    this.#migrated ??= this.#migrateUntilDone(onError)
    return this.#migrated
  }

  /** The last to close it ends its connections. */
  async close(): Promise<void> {
    this.#users--
    if (this.#users > 0) return
    QueueDatabase.#open.delete(this.#connectionString)
    await this.pool.end()
  }

  async #migrateUntilDone(onError: (error: unknown) => void): Promise<void> {
    while (this.#users > 0) {
      try {
        const client = await this.pool.connect()
        await runMigrations(client, SCHEMA).finally(() => client.release())
        return
      } catch (error) {
        onError(error)
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
    throw new Error('the queues were closed before their database answered')
  }
}
