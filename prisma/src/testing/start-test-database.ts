import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import { connectDatabase, type Database } from '../database/connect.ts'
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from '../database/embedded-postgres.ts'
import { createEventBus } from '../events/create-event-bus.ts'
import type { EventBus } from '../events/event-bus.ts'
import { createPolicyStore } from '../policies/policy-store.ts'
import { startMigratedPostgres } from './start-migrated-postgres.ts'

const TABLES = [
  'bulk_item',
  'bulk_operation',
  'cluster',
  'cluster_capacity',
  'attachment',
  'host',
  'volume',
  'snapshot',
  'snapshot_schedule',
  'operation',
  'placement_batch',
  'placement_view',
  'placement_decision',
  'event',
  'token',
  'service_key',
  'policy',
  'policy_revision',
  'policy_shadow',
  'shadow_difference',
  'capacity_sample',
  'sweep_mark',
  'alert',
  'finding',
  'cluster_findings',
  'master_key_canary',
]

/** Of the few rows that a test leaves, in any order of the tables; to truncate as many takes eight times as long, for their files. */
const DELETE_ALL = `SET session_replication_role = replica; ${TABLES.map((table) => `DELETE FROM ${table}`).join('; ')};
  SET session_replication_role = DEFAULT`

/** A real PostgreSQL of one test file, with this release's tables and the default policy. */
export interface TestDatabase {
  readonly connectionString: string
  readonly database: Database
  readonly bus: EventBus
  /** Another process's view: a pool of its own; closed with the rest. */
  connect(): Database
  /** Forgets every row, so that each test begins with no fleet and the default policy. */
  empty(): Promise<void>
  close(): Promise<void>
}

/**
 * Takes seconds, so once for a file, in `beforeAll`; `close` removes everything it has made.
 *
 * @param start brings PostgreSQL up with this release's tables
 */
export async function startTestDatabase(
  start: (options: EmbeddedPostgresOptions) => Promise<EmbeddedPostgres> = startMigratedPostgres,
): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-test-'))
  const postgres = await start({ dataFolder: join(folder, 'data'), log: () => {} })
  const { connectionString } = postgres
  const opened: Database[] = []
  const connect = () => {
    const database = connectDatabase({ connectionString })
    opened.push(database)
    return database
  }
  const database = connect()
  const bus = createEventBus({ connectionString, redisUrl: null })
  const policies = createPolicyStore(database, bus)
  await policies.ensureDefault({ name: DEFAULT_POLICY_NAME })
  return {
    connectionString,
    database,
    bus,
    connect,
    async empty() {
      await database.pool.query(DELETE_ALL)
      await policies.ensureDefault({ name: DEFAULT_POLICY_NAME })
    },
    async close() {
      await bus.close()
      await Promise.all(opened.map((each) => each.close()))
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
