import { createHash } from 'node:crypto'
import type pg from 'pg'

/** PostgreSQL cuts names off at 63 bytes. */
const NAME_LENGTH = 32

/**
 * A statement that each connection has parsed and planned once, not every time: planning is most of what a small statement costs. For what is
 * asked many times a second, or for each poll. PostgreSQL plans it anew when the statistics of a table have changed.
 *
 * @param text the same at every call, and naming its columns: `*` fails on open connections when a migration adds one
 * @returns what to give to `query`, with the values of its parameters
 */
export function prepared(text: string): (values?: readonly unknown[]) => pg.QueryConfig {
  const name = createHash('sha256').update(text).digest('hex').slice(0, NAME_LENGTH)
  return (values = []) => ({ name, text, values: [...values] })
}
