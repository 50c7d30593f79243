import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { createFleetCommands } from '@flotilla/core/commands/fleet-command-service'
import { createFleetMoves } from '@flotilla/core/commands/fleet-move-service'
import { createPlacementTrials } from '@flotilla/core/commands/placement-trial-service'
import { defaultDocument } from '@flotilla/core/policies/default-document'
import { readProcessSettings } from '@flotilla/core/settings/settings'
import { createClusterStore } from '@flotilla/prisma/clusters/cluster-store'
import { createDrainStore } from '@flotilla/prisma/clusters/drain-store'
import { connectDatabase } from '@flotilla/prisma/database/connect'
import { createEventBus } from '@flotilla/prisma/events/create-event-bus'
import { createEventLog } from '@flotilla/prisma/events/event-log'
import { createFindingStore } from '@flotilla/prisma/findings/finding-store'
import { createHostStore } from '@flotilla/prisma/hosts/host-store'
import { createTokenStore } from '@flotilla/prisma/identity/token-store'
import { uuidIds } from '@flotilla/prisma/identity/uuid-ids'
import { createGroupPlacement } from '@flotilla/prisma/placement/group-placement'
import { createPlacementRecords } from '@flotilla/prisma/placement/placement-records'
import { createShadowComparison } from '@flotilla/prisma/placement/shadow-comparison'
import { createPolicyCache } from '@flotilla/prisma/policies/policy-cache'
import { createPolicyReader } from '@flotilla/prisma/policies/policy-reader'
import { createPolicyStore } from '@flotilla/prisma/policies/policy-store'
import { createFleetReader } from '@flotilla/prisma/reader/fleet-reader'
import { createScheduleStore } from '@flotilla/prisma/schedules/schedule-store'
import { createServiceKeyStore } from '@flotilla/prisma/secrets/service-key-store'
import { createVault } from '@flotilla/prisma/secrets/vault'
import { createSnapshotStore } from '@flotilla/prisma/snapshots/snapshot-store'
import { createVolumeStore } from '@flotilla/prisma/volumes/volume-store'
import { createJobClient } from '@flotilla/workers/client'
import { environment } from './env.ts'
import { rememberTokens } from './identity/remember-tokens.ts'
import { writeAdminToken } from './identity/write-admin-token.ts'
import { createLog } from './log.ts'
import { startServer } from './start-server.ts'
import { inSlices } from './trials/in-slices.ts'
import { createOneAtATime } from './trials/one-at-a-time.ts'

const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))
const DRIVER_KINDS = ['lightos']
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
  onIdleError: (error) => log.warn({ err: error }, 'database connection lost'),
})
const vault = createVault([settings.FLOTILLA_MASTER_KEY])
const bus = createEventBus(connection)
const jobs = createJobClient(connection, (error) => log.warn({ err: error }, 'queue not reached'))
const reader = createFleetReader(database)
const serviceKeys = createServiceKeyStore(database, vault)
const policies = createPolicyStore(database)
const policyReader = createPolicyReader(database)
const tokens = createTokenStore(database)
const shadows = createShadowComparison(database, (error) =>
  log.warn({ err: error }, 'a shadow policy could not decide'),
)
const digest = (text: string) => createHash('sha256').update(text).digest('hex')
const commands = createFleetCommands({
  clusters: createClusterStore(database, vault, bus),
  volumes: createVolumeStore(database, bus),
  snapshots: createSnapshotStore(database, bus),
  schedules: createScheduleStore(database, bus),
  hosts: createHostStore(database, bus),
  findings: createFindingStore(database, bus),
  ledger: createGroupPlacement(database, reader, createPolicyCache(), bus, { shadows }),
  jobs,
  ids: uuidIds,
  policies,
  driverKinds: DRIVER_KINDS,
  digest,
  serviceCredential: async () => {
    const { keyId, publicKeyPem } = await serviceKeys.signingKey()
    return { keyId, publicKeyPem }
  },
})
/** One queue for both: a plan takes the machine's time as a trial does. */
const trialPorts = {
  records: createPlacementRecords(database),
  policies: policyReader,
  oneAtATime: createOneAtATime(),
  inSlices,
}

await policies.ensureDefault(defaultDocument(settings.POLL_INTERVAL_MS))
const isFirstStart = await tokens.ensureAdminToken((token) => writeAdminToken(settings.FLOTILLA_HOME, token))
if (isFirstStart) log.info({ folder: settings.FLOTILLA_HOME }, 'the first admin token was made: admin-token')

const server = await startServer(
  {
    reader,
    commands,
    eventLog: createEventLog(database.pool, bus),
    authenticator: rememberTokens(tokens, TOKEN_REMEMBERED_MS),
    policies: policyReader,
    trials: createPlacementTrials(trialPorts),
    moves: createFleetMoves({ ...trialPorts, ids: uuidIds, digest, drains: createDrainStore(database, bus) }),
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
