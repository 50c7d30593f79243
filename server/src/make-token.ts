/** npm run token: who can reach the database may make a token on it. */
import { join } from 'node:path'
import { readSettings, type Settings, SettingsError } from '@flotilla/core/settings/settings'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { findEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import { createTokenStore } from '@flotilla/prisma/identity/token-store'
import { environment } from './env.ts'

const usage = `usage: npm run -s token

Makes an admin token on the database of this installation, and prints it: nobody can tell it again. The database is the
one of DATABASE_URL, else the embedded one in FLOTILLA_HOME [.flotilla], which has to run.
`

const exitCodes = { ok: 0, failed: 1, wrongUse: 2 }

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const isHelp = args.length === 1 && args[0] === '--help'
    process[isHelp ? 'stdout' : 'stderr'].write(usage)
    return isHelp ? exitCodes.ok : exitCodes.wrongUse
  }
  const database = connectDatabase({
    connectionString: findDatabase(readSettings(environment)),
    maxConnections: 1,
  })
  try {
    process.stdout.write(`${await createTokenStore(database).makeAdminToken()}\n`)
  } finally {
    await database.close()
  }
  return exitCodes.ok
}

function findDatabase({ DATABASE_URL, FLOTILLA_HOME }: Settings): string {
  const address = DATABASE_URL ?? findEmbeddedPostgres(join(FLOTILLA_HOME, 'data'))
  if (address) return address
  throw new Error(
    `no PostgreSQL runs in ${FLOTILLA_HOME}: start Flotilla there first (npm start), or set FLOTILLA_HOME or DATABASE_URL as it was started with`,
  )
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error && error.message ? error.message : error)
  process.exitCode = error instanceof SettingsError ? exitCodes.wrongUse : exitCodes.failed
}
