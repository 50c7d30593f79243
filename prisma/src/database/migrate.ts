import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Migration, migrationsFolder, readMigrations, toMigrationList } from './migration-list.ts'
import { schemaFilter, withSchemaEngine } from './schema-engine.ts'

/** The database has been changed by a newer release than this one. */
export class DatabaseAheadError extends Error {
  override name = 'DatabaseAheadError'
  readonly migrations: string[]

  constructor(migrations: string[]) {
    super(
      `the database has migrations that this release does not know (${migrations.join(', ')}): start a release that knows them, or restore the backup that was made before`,
    )
    this.migrations = migrations
  }
}

/** A migration was refused by the database, now or at an earlier start; nothing of it was applied. */
export class FailedMigrationError extends Error {
  override name = 'FailedMigrationError'

  constructor(migration: string, logs: string) {
    const [reason] = logs.split('\n   0: ')
    super(
      `migration ${migration} failed and was undone: ${reason}\nRemove the cause, then have it tried again with: UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${migration}' AND finished_at IS NULL`,
    )
  }
}

/** A migration that has been applied was changed afterwards in the code. */
export class EditedMigrationError extends Error {
  override name = 'EditedMigrationError'

  constructor(migrations: string[]) {
    super(`migrations were edited after they were applied to the database: ${migrations.join(', ')}`)
  }
}

interface MigrateOptions {
  /** Of a database that exists; its role may create tables. */
  connectionString: string
  log: (line: string) => void
  /** Folder of migrations; this package's own when absent. */
  folder?: string
}

/** "flotilla" in ASCII: any number that all our processes agree on and nobody else uses. */
const advisoryLockKey = '7380958534163688545'

/**
 * Brings the database's tables to what this release expects. Idempotent, and any number of processes may call it at
 * once: one applies, the others wait for it. Costs one query when nothing is missing.
 *
 * Each migration is one transaction, which also records that it is finished; so one that was interrupted is simply
 * begun again. Throws DatabaseAheadError, FailedMigrationError or EditedMigrationError.
 */
export async function applyMigrations(options: MigrateOptions): Promise<void> {
  const { connectionString, log, folder = migrationsFolder } = options
  const migrations = readMigrations(folder)
  const client = new pg.Client({ connectionString })
  // A lost connection makes the query under way fail; that is enough.
  client.on('error', () => {})
  await client.connect()
  try {
    if (findMissing(await readHistory(client), migrations).length === 0) return
    await takeLock(client)
    await forgetInterrupted(client, log)
    const missing = findMissing(await readHistory(client), migrations)
    if (missing.length === 0) return
    log(`applying ${missing.length} ${missing.length === 1 ? 'migration' : 'migrations'}`)
    const migrationsList = toMigrationList(folder, migrations)
    await withSchemaEngine(connectionString, (engine) =>
      engine.applyMigrations({ migrationsList, filters: schemaFilter }),
    ).catch(async (error: unknown) => {
      refuseFailed(await readHistory(client))
      throw error
    })
  } finally {
    // Ending the session also gives the lock back.
    await client.end()
  }
}

interface HistoryRow {
  migration_name: string
  checksum: string
  finished_at: Date | null
  /** What the database answered when it refused; null while a migration runs and when it was interrupted. */
  logs: string | null
}

/** The migrations to apply; throws when the history in the database is not a part of ours. */
function findMissing(history: HistoryRow[], migrations: Migration[]): Migration[] {
  refuseFailed(history)
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  const ahead = history.filter((row) => !known.has(row.migration_name))
  if (ahead.length > 0) throw new DatabaseAheadError(ahead.map((row) => row.migration_name))
  const finished = history.filter((row) => row.finished_at !== null)
  const edited = finished.filter((row) => known.get(row.migration_name)?.checksum !== row.checksum)
  if (edited.length > 0) throw new EditedMigrationError(edited.map((row) => row.migration_name))
  const applied = new Set(finished.map((row) => row.migration_name))
  return migrations.filter((migration) => !applied.has(migration.name))
}

function refuseFailed(history: HistoryRow[]): void {
  for (const { migration_name, finished_at, logs } of history) {
    if (finished_at === null && logs !== null) throw new FailedMigrationError(migration_name, logs)
  }
}

/** Under the lock nobody else applies anything, so what is unfinished then was begun by a process that died. */
async function forgetInterrupted(client: pg.Client, log: (line: string) => void): Promise<void> {
  const unfinished = (await readHistory(client)).filter(
    (row) => row.finished_at === null && row.logs === null,
  )
  for (const { migration_name } of unfinished) {
    log(`migration ${migration_name} was interrupted; applying it again`)
    await client.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
      [migration_name],
    )
  }
}

async function readHistory(client: pg.Client): Promise<HistoryRow[]> {
  try {
    const { rows } = await client.query<HistoryRow>(
      `SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations
       WHERE rolled_back_at IS NULL ORDER BY started_at`,
    )
    return rows
  } catch (error) {
    const undefinedTable = '42P01'
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) return []
    throw error
  }
}

/**
 * Asks again and again instead of waiting inside PostgreSQL: a waiting statement holds a snapshot, and a migration
 * that builds an index concurrently would wait for that in turn, for ever.
 */
async function takeLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      advisoryLockKey,
    ])
    if (rows[0]?.taken === true) return
    await sleep(100)
  }
}
