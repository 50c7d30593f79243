import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseId } from '@flotilla/core/identity/ids'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'
import { findMigrationDrift } from './find-migration-drift.ts'
import { applyMigrations, DatabaseAheadError, EditedMigrationError, FailedMigrationError } from './migrate.ts'
import { migrationsFolder, readMigrations } from './migration-list.ts'

const root = mkdtempSync(join(tmpdir(), 'flotilla-migrate-'))
let postgres: EmbeddedPostgres
let admin: pg.Client
let connectionString: string
let folder: string
let lines: string[]
let count = 0

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataFolder: join(root, 'data'), log: () => {} })
  admin = new pg.Client({ connectionString: postgres.connectionString })
  await admin.connect()
}, 60_000)

afterAll(async () => {
  await admin.end()
  await postgres.stop()
  rmSync(root, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  const address = new URL(postgres.connectionString)
  address.pathname = `/migrate_${count}`
  connectionString = address.href
  folder = join(root, `migrations-${count}`)
  lines = []
  await admin.query(`CREATE DATABASE migrate_${count}`)
  writeMigration('20260101000000_init', 'CREATE TABLE thing (id text PRIMARY KEY);')
})

function writeMigration(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, name, 'migration.sql'), sql)
  writeFileSync(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n')
}

const migrate = () => applyMigrations({ connectionString, folder, log: (line) => lines.push(line) })

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

test('three that start together apply a migration once; later ones find nothing to do', async () => {
  await Promise.all([migrate(), migrate(), migrate()])
  await migrate()
  expect(lines.filter((line) => line.startsWith('applying'))).toEqual(['applying 1 migration'])
  expect(await query('SELECT migration_name FROM _prisma_migrations')).toEqual([['20260101000000_init']])
})

test('functions, whose bodies hold semicolons, arrive whole', async () => {
  writeMigration(
    '20260102000000_function',
    `CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 42; END; $$; -- done; really`,
  )
  await migrate()
  expect(await query('SELECT answer()')).toEqual([[42]])
})

test('a database that is ahead is refused, by the names of what is unknown', async () => {
  writeMigration('20260102000000_later', 'CREATE TABLE later (id int);')
  await migrate()
  rmSync(join(folder, '20260102000000_later'), { recursive: true })
  await expect(migrate()).rejects.toThrow(new DatabaseAheadError(['20260102000000_later']))
})

test('a migration edited after it was applied is refused', async () => {
  await migrate()
  writeMigration('20260101000000_init', 'CREATE TABLE thing (id int PRIMARY KEY);')
  await expect(migrate()).rejects.toThrow(new EditedMigrationError(['20260101000000_init']))
})

test('a migration that fails is undone as a whole, told with the reason, and refused until repaired', async () => {
  writeMigration('20260102000000_bad', 'CREATE TABLE half (id int); SELECT 1 / 0;')
  await expect(migrate()).rejects.toThrow(/20260102000000_bad failed(.|\n)*division by zero/)
  await expect(migrate()).rejects.toThrow(FailedMigrationError)
  expect(await query(`SELECT to_regclass('half')`)).toEqual([[null]])

  writeMigration('20260102000000_bad', 'CREATE TABLE half (id int);')
  await query(`UPDATE _prisma_migrations SET rolled_back_at = now()
               WHERE migration_name = '20260102000000_bad' AND finished_at IS NULL`)
  await migrate()
  expect(await query(`SELECT to_regclass('half')::text`)).toEqual([['half']])
})

test('a migration that was interrupted is applied again', async () => {
  await migrate()
  writeMigration('20260102000000_next', 'CREATE TABLE next (id int);')
  await query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '20260102000000_next')`,
  )
  await migrate()
  expect(lines).toContain('migration 20260102000000_next was interrupted; applying it again')
  expect(await query(`SELECT to_regclass('next')::text`)).toEqual([['next']])
})

test('drift is the SQL that is missing in the migrations; null when they agree', async () => {
  const schema = join(folder, 'schema.prisma')
  const writeSchema = (...fields: string[]) => {
    const source = ['datasource db {', 'provider = "postgresql"', '}', 'model thing {', ...fields, '}']
    writeFileSync(schema, source.join('\n'))
  }
  writeSchema('id String @id')
  expect(await findMigrationDrift({ connectionString, schema, folder })).toBeNull()
  writeSchema('id String @id', 'size BigInt?')
  expect(await findMigrationDrift({ connectionString, schema, folder })).toContain(
    'ADD COLUMN     "size" BIGINT',
  )
})

test('the migrations of this release produce its schema.prisma', async () => {
  expect(await findMigrationDrift({ connectionString })).toBeNull()
})

test('what was asked of policies becomes operations: none without its revision, every key as far as it is free', async () => {
  const own = '20261130120000_policy_changes_are_operations'
  const copy = (name: string) => cpSync(join(migrationsFolder, name), join(folder, name), { recursive: true })
  for (const { name } of readMigrations(migrationsFolder)) if (name < own) copy(name)
  await migrate()
  await query(`INSERT INTO operation (id, kind, state, policy_name, actor, idempotency_key, input_fingerprint, created_at) VALUES
    ('op_1', 'CREATE_VOLUME', 'SUCCEEDED', NULL, 'alice', 'taken', 'v', '2026-11-01'),
    ('op_2', 'DELETE_POLICY', 'SUCCEEDED', 'gold', 'alice', NULL, NULL, '2026-11-04')`)
  await query(`INSERT INTO policy_revision (name, revision, document, created_by, created_at, idempotency_key, input_fingerprint) VALUES
    ('default', 1, '{}', 'flotilla', '2026-11-01', NULL, NULL),
    ('default', 2, '{}', 'bob', '2026-11-02', NULL, NULL),
    ('gold', 1, '{}', 'alice', '2026-11-02', 'first', 'f1'),
    ('gold', 2, '{}', 'alice', '2026-11-03', 'second', 'f2'),
    ('gold', 3, '{}', 'alice', '2026-11-05 12:34:56.789Z', 'taken', 'f3'),
    ('gold', 4, '{}', 'bob', '2026-11-06', 'taken', 'f4')`)
  copy(own)
  await migrate()
  expect(
    await query(`SELECT kind, policy_name || '/' || policy_revision, actor, idempotency_key, input_fingerprint FROM operation
      WHERE policy_revision IS NOT NULL AND state = 'SUCCEEDED' AND started_at = created_at AND finished_at = created_at
      ORDER BY policy_name, policy_revision`),
  ).toEqual([
    ['UPDATE_POLICY', 'default/2', 'bob', null, null],
    ['CREATE_POLICY', 'gold/1', 'alice', 'first', 'f1'],
    ['UPDATE_POLICY', 'gold/2', 'alice', 'second', 'f2'],
    ['CREATE_POLICY', 'gold/3', 'alice', null, 'f3'],
    ['UPDATE_POLICY', 'gold/4', 'bob', 'taken', 'f4'],
  ])
  const [[id]] = (await query('SELECT id FROM operation WHERE policy_revision = 3')) as [[string]]
  expect(parseId('Operation', id)).toBe(id)
  const ms = Date.parse('2026-11-05T12:34:56.789Z').toString(16).padStart(12, '0')
  expect(id).toMatch(new RegExp(`^op_${ms.slice(0, 8)}-${ms.slice(8)}-7[0-9a-f]{3}-[89ab]`))
})
