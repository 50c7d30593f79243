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
 * number of clusters. Any number of workers may call it; one at a time does the work, and none before `everyMs` are over,
 * unless there are new forecasts.
 *
 * @returns whether something changed that subscribers are told of
 */
export async function runAlertRound(
  database: Database,
  policies: PolicyCache,
  thresholds: AlertThresholds,
  everyMs: number,
): Promise<boolean> {
  // Not within the transaction: what takes seconds over a large fleet must hold no locks.
  const forecasts = await forecastWhenDue(database.pool, policies)
  return retryOnConflict(RACES_RETRIED, () =>
    inTransaction(database.pool, async (client) => {
      const now = await takeTurn(client, 'alerts', forecasts ? 0 : everyMs)
      const policy = now && (await policies.readCurrent(client, DEFAULT_POLICY_NAME))
      if (!now || !policy) return false
      const context = { policy, thresholds, now }
      const changes = (await readAlertFacts(client)).flatMap(({ clusterId, facts, open }) => {
        const forecast = forecasts?.get(clusterId) ?? null
        return evaluateAlerts({ ...facts, forecast }, open, context).map((change) => ({
          clusterId,
          ...change,
        }))
      })
      return writeAlerts(client, changes, now)
    }),
  )
}

async function forecastWhenDue(
  pool: pg.Pool,
  policies: PolicyCache,
): Promise<ReadonlyMap<ClusterId, CapacityForecast> | null> {
  const due = await inTransaction(pool, async (client) => {
    if (!(await takeTurn(client, 'alerts.forecast', FORECAST_EVERY_MS))) return null
    const policy = await policies.readCurrent(client, DEFAULT_POLICY_NAME)
    return policy && { policy, clusters: await readAlertFacts(client) }
  })
  return due && forecastAll(pool, due.clusters, due.policy)
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
