import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '@flotilla/prisma/database/embedded-postgres'
import { startMigratedPostgres } from '@flotilla/prisma/testing/start-migrated-postgres'
import { openRecords } from '../../verify/open-records.ts'
import { countStatements } from '../profile/statement-counts.ts'

/** One that counts its statements, for which it is started a second time. */
export async function startCountingPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  let postgres = await startMigratedPostgres(options)
  const { connectionString, port } = postgres
  const sql = openRecords(connectionString)
  await countStatements(sql, async () => {
    await postgres.stop()
    postgres = await startEmbeddedPostgres({ ...options, port })
  })
  await sql.end()
  return postgres
}
