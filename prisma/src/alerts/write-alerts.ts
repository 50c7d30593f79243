import type { AlertChange } from '@flotilla/core/alerts/evaluate-alerts'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { uuidIds } from '../identity/uuid-ids.ts'

export type ClusterAlertChange = AlertChange & { readonly clusterId: ClusterId }

/** The newest cleared alerts of a cluster that are kept. */
const CLEARED_KEPT = 200

/**
 * Writes what an evaluation found, in bulk, with the events of what is raised, cleared, or of another severity.
 *
 * @param now the moment that was evaluated, by the database's clock
 * @returns whether there is such an event
 */
export async function writeAlerts(
  client: pg.ClientBase,
  changes: readonly ClusterAlertChange[],
  now: Date,
): Promise<boolean> {
  const raised = changes
    .filter((change) => change.type === 'RAISE')
    .map((change) => ({ id: uuidIds.next('Alert'), ...change }))
  const others = changes.filter((change) => change.type !== 'RAISE')
  const news = [...(await insertRaised(client, raised, now)), ...(await updateOthers(client, others, now))]
  const cleared = others.filter(({ type }) => type === 'CLEAR').map(({ clusterId }) => clusterId)
  if (cleared.length > 0) await forgetCleared(client, [...new Set(cleared)])
  await appendEvents(client, { ALERT_CHANGED: news })
  return news.length > 0
}

async function insertRaised(
  client: pg.ClientBase,
  raised: readonly ClusterAlertChange[],
  now: Date,
): Promise<readonly string[]> {
  if (raised.length === 0) return []
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO alert (id, kind, cluster_id, severity, message, raised_at, updated_at)
     SELECT id, kind, "clusterId", severity, message, $2, $2
     FROM jsonb_to_recordset($1::jsonb) AS raised(id text, kind text, "clusterId" text, severity text, message text)
     ON CONFLICT (cluster_id, kind) WHERE cleared_at IS NULL DO NOTHING RETURNING id`,
    [JSON.stringify(raised), now],
  )
  return rows.map(({ id }) => id)
}

async function updateOthers(
  client: pg.ClientBase,
  others: readonly ClusterAlertChange[],
  now: Date,
): Promise<readonly string[]> {
  if (others.length === 0) return []
  const { rows } = await client.query<{ id: string; is_news: boolean }>(
    `UPDATE alert SET
       severity = coalesce(change.severity, alert.severity), message = coalesce(change.message, alert.message),
       updated_at = CASE type WHEN 'UPDATE' THEN $2 ELSE updated_at END,
       quiet_since = CASE type WHEN 'QUIET' THEN $2 WHEN 'UPDATE' THEN NULL ELSE quiet_since END,
       cleared_at = CASE type WHEN 'CLEAR' THEN $2 END
     FROM jsonb_to_recordset($1::jsonb)
       AS change(type text, kind text, "clusterId" text, severity text, message text, "isNews" boolean)
     WHERE cluster_id = "clusterId" AND alert.kind = change.kind AND cleared_at IS NULL
     RETURNING id, type = 'CLEAR' OR coalesce("isNews", false) AS is_news`,
    [JSON.stringify(others), now],
  )
  return rows.filter(({ is_news }) => is_news).map(({ id }) => id)
}

async function forgetCleared(client: pg.ClientBase, clusterIds: readonly ClusterId[]): Promise<void> {
  await client.query(
    `DELETE FROM alert USING (
       SELECT id, row_number() OVER (PARTITION BY cluster_id ORDER BY raised_at DESC, id DESC) AS place
       FROM alert WHERE cluster_id = ANY ($1) AND cleared_at IS NOT NULL) AS past
     WHERE alert.id = past.id AND place > $2`,
    [clusterIds, CLEARED_KEPT],
  )
}
