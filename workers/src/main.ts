import { flushCompileCache } from 'node:module'
import { readProcessSettings } from '@flotilla/core/settings/settings'
import { WrongMasterKeyError } from '@flotilla/prisma/secrets/require-master-keys'
import pino from 'pino'
import { environment } from './env.ts'
import { startWorkers } from './start-workers.ts'

const DAY_MS = 86_400_000

const env = readProcessSettings(environment)
const log = pino({ name: 'worker', level: env.LOG_LEVEL })

const workers = await startWorkers({
  connectionString: env.DATABASE_URL,
  redisUrl: env.REDIS_URL ?? null,
  masterKeys: env.FLOTILLA_MASTER_KEY,
  schedule: { intervalMs: env.POLL_INTERVAL_MS, inventoryIntervalMs: env.INVENTORY_INTERVAL_MS },
  detailsKeptMs: env.DECISION_DETAILS_KEPT_DAYS * DAY_MS,
  alerts: {
    promisedShare: env.ALERT_PROMISED_SHARE,
    writtenShare: env.ALERT_WRITTEN_SHARE,
    hysteresis: env.ALERT_HYSTERESIS,
    forecastDays: env.ALERT_FORECAST_DAYS,
    tokenExpiryDays: env.ALERT_TOKEN_EXPIRY_DAYS,
    clearAfterMs: env.ALERT_CLEAR_AFTER_MS,
  },
  log,
}).catch((error: unknown) => {
  if (!(error instanceof WrongMasterKeyError)) throw error
  log.fatal(error.message)
  process.exit(1)
})
log.info('workers are running')
process.send?.({ type: 'ready' })
// A process that is killed leaves none, and the next start wants it.
flushCompileCache()

const DRAIN_MS = 8_000

let stopping = false
const stop = async (reason: string): Promise<void> => {
  if (stopping) return
  stopping = true
  log.info({ reason }, 'stopping')
  // What is under way is taken up again by whoever sweeps next; a queue that is away must not keep us.
  setTimeout(() => process.exit(0), DRAIN_MS).unref()
  await workers.close()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
