import { SteadyClient } from '@flotilla/prisma/database/steady-client'
import pg from 'pg'

/** A pool that only checkers use. 64-bit integers come as `bigint`, so that no byte is lost. */
export function openRecords(connectionString: string, max = 2): pg.Pool {
  const pool = new pg.Pool({
    Client: SteadyClient,
    connectionString,
    max,
    types: { getTypeParser: typeParser },
  })
  // What a restart of the database cuts off is opened again with the next query.
  pool.on('error', () => {})
  return pool
}

const typeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)
