import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../generated/client.ts'
import { SteadyClient } from './steady-client.ts'

/** One pool for both ways of asking: Prisma where it reads well, SQL where it is hot. */
export interface Database {
  readonly pool: pg.Pool
  readonly prisma: PrismaClient
  close(): Promise<void>
}

export interface DatabaseOptions {
  readonly connectionString: string
  /** More than 16 busy connections make PostgreSQL slower, not faster. */
  readonly maxConnections?: number
  /** Told of connections that break while idle; queries report their own faults. */
  readonly onIdleError?: (error: Error) => void
}

const WAIT_FOR_CONNECTION_MS = 10_000
/** A lock that is not had by then is an error to be retried, never a hang. */
const STATEMENT_TIMEOUT_MS = 30_000
/** Of a process that hangs or was frozen in the middle of a transaction: what it has locked is what others wait for. */
const IDLE_IN_TRANSACTION_MS = 5_000
/** For a server that has fallen silent: a half-open connection would else hang until TCP gives up. */
const ANSWER_TIMEOUT_MS = 35_000

/** Connects lazily; makes no contact by itself. Bigints of the database are bigints here. */
export function connectDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    Client: SteadyClient,
    connectionString: options.connectionString,
    max: options.maxConnections ?? 12,
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    // Statements that do not wait for each other's answers travel together; one at a time, each is a turn of the scheduler.
    pipeline: true,
    types: { getTypeParser: typeParser },
    onConnect: inUtc,
  })
  pool.on('error', options.onIdleError ?? (() => {}))
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: WAIT_FOR_CONNECTION_MS, timeout: STATEMENT_TIMEOUT_MS },
  })
  return {
    pool,
    prisma,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/**
 * Whatever zone the database or its address names: Prisma's adapter writes times without one and reads them as UTC, so in any other zone they
 * would be off by its offset (github.com/prisma/prisma, issue 26786), and days would begin at another hour on each site.
 */
const inUtc = (client: pg.ClientBase) => client.query("SET TIME ZONE 'UTC'")

const typeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)
