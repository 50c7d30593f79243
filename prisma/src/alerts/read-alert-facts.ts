import type { AlertFacts } from '@flotilla/core/alerts/alert-conditions'
import type { OpenAlert } from '@flotilla/core/alerts/evaluate-alerts'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

export interface ClusterUnderWatch {
  readonly clusterId: ClusterId
  readonly facts: Omit<AlertFacts, 'forecast'>
  readonly open: readonly OpenAlert[]
}

type FactsRow = Omit<AlertFacts, 'forecast' | 'figures'> & {
  clusterId: ClusterId
  provisionedBytes: bigint
  pendingBytes: bigint
  effectiveBytes: bigint
  freeBytes: bigint
  observedAt: Date | null
}

/** Every member, and whoever has left with alerts still open. */
export async function readAlertFacts(client: pg.ClientBase): Promise<readonly ClusterUnderWatch[]> {
  const { rows: alerts } = await client.query<OpenAlert & { clusterId: ClusterId }>(
    `SELECT cluster_id AS "clusterId", kind, severity, message, updated_at AS "updatedAt", quiet_since AS "quietSince"
     FROM alert WHERE cleared_at IS NULL`,
  )
  const { rows } = await client.query<FactsRow>(
    `SELECT id AS "clusterId", detached_at IS NULL AS "isMember", created_at AS "createdAt",
            muted_until AS "mutedUntil", connection, connection_error AS "connectionError", health,
            health_message AS "healthMessage", credential_expires_at AS "credentialExpiresAt",
            provisioned_bytes AS "provisionedBytes", pending_bytes AS "pendingBytes",
            effective_bytes AS "effectiveBytes", free_bytes AS "freeBytes", observed_at AS "observedAt"
     FROM cluster LEFT JOIN cluster_capacity ON cluster_id = id
     WHERE detached_at IS NULL OR id = ANY ($1)`,
    [alerts.map(({ clusterId }) => clusterId)],
  )
  const open = Map.groupBy(alerts, ({ clusterId }) => clusterId)
  return rows.map(
    ({
      clusterId,
      provisionedBytes,
      pendingBytes,
      effectiveBytes,
      freeBytes,
      observedAt,
      ...facts
    }): ClusterUnderWatch => ({
      clusterId,
      open: open.get(clusterId) ?? [],
      facts: {
        ...facts,
        figures: observedAt && { provisionedBytes, pendingBytes, effectiveBytes, freeBytes, observedAt },
      },
    }),
  )
}
