import { setTimeout as sleep } from 'node:timers/promises'
import { SteadyClient } from '@flotilla/prisma/database/steady-client'
import { PostgresConnection, PostgresQueueBackend, type QueueBaseOptions, runMigrations } from 'bullmq'
import pg from 'pg'

const SCHEMA = 'bullmq'
/** Statements, and the connection that listens. */
const POOL_SIZE = 5
const RETRY_MS = 500

/**
 * BullMQ's connection over a pool of our own. One that BullMQ makes itself ends the process when the database cuts a connection at the
 * wrong moment, and never works when the first look at the database fails.
 */
class PostgresQueueConnection extends PostgresConnection {
  readonly #pool: pg.Pool
  #ready: Promise<void> | null = null

  constructor(connectionString: string) {
    const pool = new pg.Pool({
      Client: SteadyClient,
      connectionString,
      max: POOL_SIZE,
      keepAlive: true,
      options: `-c search_path=${SCHEMA}`,
    })
    super(pool)
    this.#pool = pool
  }

  override waitUntilReady(): Promise<void> {
    this.#ready ??= this.#migrateUntilDone()
    return this.#ready
  }

  override async close(): Promise<void> {
    if (this.isClosing) return super.close()
    await super.close()
    await this.#pool.end()
  }

  async #migrateUntilDone(): Promise<void> {
    while (!this.isClosing) {
      try {
        await this.#migrate()
        this.emit('ready')
        return
      } catch (error) {
        this.emit('error', error)
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
    throw new Error('the queue was closed before its database answered')
  }

  async #migrate(): Promise<void> {
    const client = await this.#pool.connect()
    try {
      await runMigrations(client, SCHEMA)
    } finally {
      client.release()
    }
  }
}

/** For BullMQ's `Queue` and `Worker`: queues in tables of the database, in a schema of their own, which is brought up to date when first used. */
export function postgresQueueBackend(
  name: string,
  options: QueueBaseOptions<{ readonly connectionString: string }>,
): PostgresQueueBackend {
  return new PostgresQueueBackend(
    new PostgresQueueConnection(options.connection.connectionString),
    name,
    options,
    true,
  )
}
