import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMigratedPostgres } from '@flotilla/prisma/testing/start-migrated-postgres'
import pg from 'pg'

/** One PostgreSQL for many stacks, one after the other. */
export interface Databases {
  /** The connection string of a new database with this release's tables and no rows; in a tenth of a second. */
  create(): Promise<string>
  /** To be called when every stack on it is closed. */
  close(): Promise<void>
}

const quiet = (): void => {}

export async function startDatabases(): Promise<Databases> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-databases-'))
  const postgres = await startMigratedPostgres({ dataFolder: join(folder, 'data'), log: quiet })
  const template = new URL(postgres.connectionString)
  let count = 0
  return {
    async create() {
      const name = `stack_${++count}`
      const client = new pg.Client({ connectionString: new URL('/postgres', template).href })
      await client.connect()
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template.pathname.slice(1)}`)
      await client.end()
      return new URL(`/${name}`, template).href
    },
    async close() {
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
