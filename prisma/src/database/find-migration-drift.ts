import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { migrationsFolder, readMigrations, toMigrationList } from './migration-list.ts'
import { schemaFilter, withSchemaEngine } from './schema-engine.ts'

/** This package's schema. */
export const schemaFile = fileURLToPath(new URL('../../schema.prisma', import.meta.url))

interface DriftOptions {
  /** A server on which a temporary database may be made; the database named is not touched. */
  connectionString: string
  /** Path of schema.prisma; this package's own when absent. */
  schema?: string
  /** Folder of migrations; this package's own when absent. */
  folder?: string
}

/**
 * The SQL that leads from what the migrations produce to what schema.prisma describes; null when they agree.
 * What Prisma cannot express (partial indexes, checks, triggers) is written into migrations by hand and not compared.
 */
export async function findMigrationDrift(options: DriftOptions): Promise<string | null> {
  const { schema = schemaFile, folder = migrationsFolder } = options
  const migrations = readMigrations(folder)
  const sql = await withTemporaryDatabase(options.connectionString, (connectionString) =>
    withSchemaEngine(connectionString, async (engine) => {
      const { stdout } = await engine.diff({
        from:
          migrations.length === 0
            ? { tag: 'empty' }
            : { tag: 'migrations', ...toMigrationList(folder, migrations) },
        to: { tag: 'schemaDatamodel', files: [{ path: schema, content: readFileSync(schema, 'utf8') }] },
        script: true,
        exitCode: null,
        filters: schemaFilter,
      })
      return stdout?.trim() ?? ''
    }),
  )
  return sql === '' || sql === '-- This is an empty migration.' ? null : `${sql}\n`
}

async function withTemporaryDatabase<Result>(
  connectionString: string,
  use: (connectionString: string) => Promise<Result>,
): Promise<Result> {
  const name = `flotilla_drift_${randomUUID()}`
  const temporary = new URL(connectionString)
  temporary.pathname = `/${name}`
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE "${name}" TEMPLATE template0`)
    return await use(temporary.href)
  } finally {
    await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    await client.end()
  }
}
