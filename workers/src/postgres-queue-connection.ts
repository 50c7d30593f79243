import { PostgresConnection, PostgresQueueBackend, type QueueBaseOptions } from 'bullmq'
import { QueueDatabase } from './queue-database.ts'

/**
 * BullMQ's connection over a pool of our own. One that BullMQ makes itself ends the process when the database cuts a connection at the
 * wrong moment, and never works when the first look at the database fails.
 */
class PostgresQueueConnection extends PostgresConnection {
  readonly #database: QueueDatabase
  #ready: Promise<void> | null = null

  constructor(database: QueueDatabase) {
    super(database.pool)
    this.#database = database
  }

  override waitUntilReady(): Promise<void> {
    this.#ready ??= this.#database
      .migrate((error) => this.emit('error', error))
      .then(() => void this.emit('ready'))
    return this.#ready
  }

  override async close(): Promise<void> {
    if (this.isClosing) return super.close()
    await super.close()
    await this.#database.close()
  }
}

/** For BullMQ's `Queue` and `Worker`: queues in tables of the database, in a schema of their own, which is brought up to date when first used. */
export function postgresQueueBackend(
  name: string,
  options: QueueBaseOptions<{ readonly connectionString: string }>,
): PostgresQueueBackend {
  const database = QueueDatabase.use(options.connection.connectionString)
  return new PostgresQueueBackend(new PostgresQueueConnection(database), name, options, true)
}
