import type pg from 'pg'
import { waitUntil } from '../../testkit/wait-until.ts'
import type { Table } from '../table.ts'

const STATEMENTS_SHOWN = 10
const STATEMENT_LENGTH = 100

/** One of the statements that PostgreSQL has carried out, with its values left out. */
export interface StatementCount {
  readonly query: string
  readonly calls: number
  readonly ms: number
}

/**
 * Has PostgreSQL count its statements.
 *
 * @param restart ends it and brings it up again, which that takes
 */
export async function countStatements(sql: pg.Pool, restart: () => Promise<void>): Promise<void> {
  await sql.query(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`)
  await restart()
  await waitUntil('the database to be back', () =>
    sql.query('CREATE EXTENSION pg_stat_statements').then(
      () => true,
      () => false,
    ),
  )
}

/** What comes from now on is counted. */
export async function resetStatements(sql: pg.Pool): Promise<void> {
  await sql.query('SELECT pg_stat_statements_reset()')
}

/** All so far, the longest first. The work of a COMMIT is in none of them. */
export async function readStatements(sql: pg.Pool): Promise<readonly StatementCount[]> {
  const { rows } = await sql.query<StatementCount>(
    `SELECT query, calls::float8 AS calls, total_exec_time AS ms
     FROM pg_stat_statements WHERE toplevel ORDER BY total_exec_time DESC`,
  )
  return rows
}

/** @param volumes how many were made meanwhile */
export function statementTable(statements: readonly StatementCount[], volumes: number): Table {
  const all = statements.reduce((sum, { ms }) => sum + ms, 0)
  return [
    ['PostgreSQL: statements', 'us a volume', 'share', 'calls'],
    ...statements
      .slice(0, STATEMENTS_SHOWN)
      .map(({ query, calls, ms }) => [
        query.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim().slice(0, STATEMENT_LENGTH),
        ((1000 * ms) / volumes).toFixed(0),
        `${((100 * ms) / all).toFixed(0)} %`,
        String(calls),
      ]),
  ]
}
