import { setImmediate as pause } from 'node:timers/promises'
import type { AlertFacts } from '@flotilla/core/alerts/alert-conditions'
import type { AlertThresholds } from '@flotilla/core/alerts/alert-thresholds'
import { evaluateAlerts } from '@flotilla/core/alerts/evaluate-alerts'
import { type CapacityForecast, forecastCluster } from '@flotilla/core/capacity/forecast-capacity'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import { DEFAULT_POLICY_NAME } from '@flotilla/core/policies/stored-policy'
import type pg from 'pg'
import { createCapacityHistory } from '../capacity/capacity-history.ts'
import type { Database } from '../database/connect.ts'
import { holdMark, setMark } from '../database/hold-mark.ts'
import { inTransaction, retryOnConflict } from '../database/transaction.ts'
import type { PolicyCache } from '../policies/policy-cache.ts'
import { readAlertFacts } from './read-alert-facts.ts'
import { writeAlerts } from './write-alerts.ts'

const RACES_RETRIED = 5
/** Forecasts move with the hours, and are the dear part. */
const FORECAST_EVERY_MS = 300_000
/** Clusters forecast before others are served again. */
const FORECASTS_AT_ONCE = 20

/**
 * Evaluates every cluster of the fleet, in one transaction: three statements to read and at most five to write, whatever the
 * number of clusters. Any number of workers may call it; one at a time does the work, and none before `everyMs` are over.
 *
 * @returns whether something changed that subscribers are told of
 */
export function runAlertRound(
  database: Database,
  policies: PolicyCache,
  thresholds: AlertThresholds,
  everyMs: number,
): Promise<boolean> {
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const now = await takeTurn(client, 'alerts', everyMs)
      const policy = now && (await policies.readCurrent(client, DEFAULT_POLICY_NAME))
      if (!now || !policy) return false
      const clusters = await readAlertFacts(client)
      const isForecastDue = (await takeTurn(client, 'alerts.forecast', FORECAST_EVERY_MS)) !== null
      const forecasts = isForecastDue ? await forecastAll(database.pool, clusters, policy) : null
      const changes = clusters.flatMap(({ clusterId, facts, open }) => {
        const forecast = forecasts?.get(clusterId) ?? null
        const context = { policy, thresholds, now }
        return evaluateAlerts({ ...facts, forecast }, open, context).map((change) => ({
          clusterId,
          ...change,
        }))
      })
      return writeAlerts(client, changes, now)
    }),
  )
}

/** The database's time when it is this caller's turn; null while another one holds it, or when it is too early. */
async function takeTurn(client: pg.ClientBase, name: string, everyMs: number): Promise<Date | null> {
  const mark = await holdMark(client, name)
  if (!mark) return null
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now')
  const now = rows[0]?.now
  if (!now || (mark.at && now.getTime() - mark.at.getTime() < everyMs)) return null
  await setMark(client, name, now)
  return now
}

async function forecastAll(
  pool: pg.Pool,
  clusters: readonly { readonly clusterId: ClusterId; readonly facts: Omit<AlertFacts, 'forecast'> }[],
  policy: PlacementPolicy,
): Promise<ReadonlyMap<ClusterId, CapacityForecast>> {
  const observed = clusters.flatMap(({ clusterId, facts: { figures } }) =>
    figures ? [{ clusterId, figures }] : [],
  )
  const series = await createCapacityHistory(pool).capacitySeriesByClusterIds(
    observed.map(({ clusterId }) => clusterId),
  )
  const forecasts = new Map<ClusterId, CapacityForecast>()
  for (const [index, { clusterId, figures }] of observed.entries()) {
    if (index % FORECASTS_AT_ONCE === FORECASTS_AT_ONCE - 1) await pause()
    forecasts.set(clusterId, forecastCluster(series[index] ?? [], figures, policy))
  }
  return forecasts
}
