import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../database/embedded-postgres.ts'
import { applyMigrations } from '../database/migrate.ts'
import { migrationsFolder, readMigrations } from '../database/migration-list.ts'

/** Goes with the installed packages, so that it never outlives their PostgreSQL. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/flotilla/', import.meta.url))

const quiet = (): void => {}

/**
 * A PostgreSQL of its own with this release's tables, on a folder that is copied from one made before: half a hundred test files
 * need one, and making it anew takes seconds of the processor each time.
 */
export async function startMigratedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (!existsSync(options.dataFolder)) copyFolder(await preparedFolder(), options.dataFolder)
  const postgres = await startEmbeddedPostgres(options)
  await applyMigrations({ connectionString: postgres.connectionString, log: options.log })
  return postgres
}

/** Whoever is first makes it; of several at once the first to be done is used by all. */
async function preparedFolder(): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(readMigrations(migrationsFolder)))
  const prepared = join(CACHE, `database-${digest.digest('hex').slice(0, 16)}`)
  if (existsSync(prepared)) return prepared
  const home = mkdtempSync(join(tmpdir(), 'flotilla-prepare-'))
  chmodSync(home, 0o755)
  const dataFolder = join(home, 'data')
  try {
    const postgres = await startEmbeddedPostgres({ dataFolder, log: quiet })
    await applyMigrations({ connectionString: postgres.connectionString, log: quiet }).finally(postgres.stop)
    mkdirSync(CACHE, { recursive: true })
    const draft = mkdtempSync(join(CACHE, 'draft-'))
    copyFolder(dataFolder, join(draft, 'data'))
    try {
      renameSync(join(draft, 'data'), prepared)
    } catch (error) {
      if (!existsSync(prepared)) throw error
    }
    rmSync(draft, { recursive: true, force: true })
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
  return prepared
}

/** PostgreSQL insists that nobody else may look into its own folder. */
function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  for (const entry of readdirSync(to, { withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(to, entry.name), 0o700)
  }
}
