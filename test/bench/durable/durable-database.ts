import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import { connectDatabase, type Database } from '@flotilla/prisma/database/connect'
import { startEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import { createEventBus } from '@flotilla/prisma/events/create-event-bus'
import { createPolicyStore } from '@flotilla/prisma/policies/policy-store'
import { startMigratedPostgres } from '@flotilla/prisma/testing/start-migrated-postgres'
import type { TestDatabase } from '@flotilla/prisma/testing/start-test-database'
import { openRecords } from '../../verify/open-records.ts'
import { countStatements } from '../profile/statement-counts.ts'

export type DurableDatabase = Omit<TestDatabase, 'empty'>

/** As a test's, and able to count its statements, for which it is started a second time. */
export async function startDurableDatabase(countsStatements: boolean): Promise<DurableDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bench-'))
  chmodSync(folder, 0o755)
  const options = { dataFolder: join(folder, 'data'), log: () => {} }
  let postgres = await startMigratedPostgres(options)
  const { connectionString, port } = postgres
  if (countsStatements) {
    const sql = openRecords(connectionString)
    await countStatements(sql, async () => {
      await postgres.stop()
      postgres = await startEmbeddedPostgres({ ...options, port })
    })
    await sql.end()
  }
  const opened: Database[] = []
  const connect = () => {
    const database = connectDatabase({ connectionString })
    opened.push(database)
    return database
  }
  const database = connect()
  const bus = createEventBus({ connectionString, redisUrl: null })
  await createPolicyStore(database, bus).ensureDefault({ name: DEFAULT_POLICY_NAME })
  return {
    connectionString,
    database,
    bus,
    connect,
    async close() {
      await bus.close()
      await Promise.all(opened.map((each) => each.close()))
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
