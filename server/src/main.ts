import { flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { createFleetMoves } from '@flotilla/core/commands/fleet-move-service'
import { createPlacementTrials } from '@flotilla/core/commands/placement-trial-service'
import { defaultDocument } from '@flotilla/core/policies/default-document'
import { readProcessSettings } from '@flotilla/core/settings/settings'
import { createDrainStore } from '@flotilla/prisma/clusters/drain-store'
import { createStoredCommands, operationPorts } from '@flotilla/prisma/commands/stored-commands'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { createEventBus } from '@flotilla/prisma/events/create-event-bus'
import { createEventLog } from '@flotilla/prisma/events/event-log'
import { createTokenStore } from '@flotilla/prisma/identity/token-store'
import { createPlacementRecords } from '@flotilla/prisma/placement/placement-records'
import { createShadowComparison } from '@flotilla/prisma/placement/shadow-comparison'
import { createPolicyReader } from '@flotilla/prisma/policies/policy-reader'
import { createPolicyStore } from '@flotilla/prisma/policies/policy-store'
import { createFleetReader } from '@flotilla/prisma/reader/fleet-reader'
import { requireMasterKeys, WrongMasterKeyError } from '@flotilla/prisma/secrets/require-master-keys'
import { createVault } from '@flotilla/prisma/secrets/vault'
import { createJobClient } from '@flotilla/workers/client'
import { environment } from './env.ts'
import { rememberTokens } from './identity/remember-tokens.ts'
import { writeAdminToken } from './identity/write-admin-token.ts'
import { createLog } from './log.ts'
import { startServer } from './start-server.ts'
import { inSlices } from './trials/in-slices.ts'
import { createOneAtATime } from './trials/one-at-a-time.ts'

const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))
/** A revoked token is refused at most this much later. */
const TOKEN_REMEMBERED_MS = 2_000

const settings = readProcessSettings(environment)
const log = createLog(settings.LOG_LEVEL)
const connection = {
  connectionString: settings.DATABASE_URL,
  redisUrl: settings.REDIS_URL ?? null,
}

const database = connectDatabase({
  connectionString: settings.DATABASE_URL,
  onIdleError: (error) => log.warn({ error: error.message }, 'database connection lost'),
})
const vault = createVault(settings.FLOTILLA_MASTER_KEY)
const bus = createEventBus(connection)
const jobs = createJobClient(connection, (error) => log.warn({ err: error }, 'queue not reached'))
const reader = createFleetReader(database)
const policies = createPolicyStore(database, bus)
const policyReader = createPolicyReader(database)
const tokens = createTokenStore(database)
const shadows = createShadowComparison(database, (error) =>
  log.warn({ err: error }, 'a shadow policy could not decide'),
)
const commands = createStoredCommands({ database, bus, vault, jobs, shadows })
/** One queue for both: a plan takes the machine's time as a trial does. */
const trialPorts = {
  records: createPlacementRecords(database),
  policies: policyReader,
  oneAtATime: createOneAtATime(),
  inSlices,
}

await requireMasterKeys(database.pool, vault, (line) => log.error(line)).catch((error: unknown) => {
  if (!(error instanceof WrongMasterKeyError)) throw error
  log.fatal(error.message)
  process.exit(1)
})
await policies.ensureDefault(defaultDocument(settings.POLL_INTERVAL_MS))
await tokens.ensureAdminToken(async (token) => {
  const { path, former } = await writeAdminToken(settings.FLOTILLA_HOME, token)
  log.info({ path }, 'the first admin token of this database was made')
  if (former) log.warn({ former }, 'there was a token of another database; it is kept')
})

const server = await startServer(
  {
    reader,
    commands,
    eventLog: createEventLog(database.pool, bus),
    authenticator: rememberTokens(tokens, TOKEN_REMEMBERED_MS),
    policies: policyReader,
    trials: createPlacementTrials(trialPorts),
    moves: createFleetMoves({ ...trialPorts, ...operationPorts, drains: createDrainStore(database, bus) }),
    log,
    findProblem: () =>
      database.pool.query('SELECT 1 FROM cluster LIMIT 1').then(
        () => null,
        () => 'the database does not answer, or its tables are missing',
      ),
  },
  {
    host: settings.HOST,
    port: settings.PORT,
    webFolder: WEB_FOLDER,
    allowedOrigins: settings.ALLOWED_ORIGINS,
  },
)
log.info({ url: server.url }, 'the server is running')
process.send?.({ type: 'ready', url: server.url })
// A process that is killed leaves none, and the next start wants it.
flushCompileCache()

let isStopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
process.on('disconnect', () => stop('disconnect'))

/** In the reverse order of the start. */
async function stop(reason: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  log.info({ reason }, 'stopping')
  await server.close()
  await shadows.close()
  await jobs.close()
  await bus.close()
  await database.close()
  process.exit(0)
}
