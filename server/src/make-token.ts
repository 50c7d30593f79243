/** npm run token: who can reach the database may make a token on it. */
import { join } from 'node:path'
import { readSettings, type Settings, SettingsError } from '@flotilla/core/settings/settings'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { findEmbeddedPostgres } from '@flotilla/prisma/database/embedded-postgres'
import { createTokenStore } from '@flotilla/prisma/identity/token-store'
import { environment } from './env.ts'

const usage = `usage: npm run -s token [-- NAME]

Makes an admin token on the database of this installation, and prints it: nobody can tell it again. The database is the
one of DATABASE_URL, else the embedded one in FLOTILLA_HOME [.flotilla], which has to run.

NAME says who asks: operations tell it, and each has idempotency keys of its own. 1 to 63 letters, digits, '.', '_', '-',
beginning with a letter or digit; admin-2, or the next that is free, unless given.
`

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

const exitCodes = { ok: 0, failed: 1, wrongUse: 2 }

async function main(args: readonly string[]): Promise<number> {
  const [name, ...others] = args
  if (name === '--help' && others.length === 0) {
    process.stdout.write(usage)
    return exitCodes.ok
  }
  if (others.length > 0 || (name !== undefined && !NAME.test(name))) {
    process.stderr.write(usage)
    return exitCodes.wrongUse
  }
  const database = connectDatabase({
    connectionString: findDatabase(readSettings(environment)),
    maxConnections: 1,
  })
  try {
    const made = await createTokenStore(database).makeAdminToken(name)
    if (!made) throw new Error(`there is a token named ${name} already: choose another name`)
    process.stderr.write(`an admin token named ${made.name}:\n`)
    process.stdout.write(`${made.token}\n`)
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
