import type { AlertFacts } from '@flotilla/core/alerts/alert-conditions'
import type { OpenAlert } from '@flotilla/core/alerts/evaluate-alerts'
import type { ClusterId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

export interface ClusterUnderWatch {
  readonly clusterId: ClusterId
  readonly facts: Omit<AlertFacts, 'forecast'>
  readonly open: readonly OpenAlert[]
}

type FactsRow = Omit<AlertFacts, 'forecast' | 'figures' | 'openFindings'> & {
  clusterId: ClusterId
  provisionedBytes: bigint
  pendingBytes: bigint
  effectiveBytes: bigint
  freeBytes: bigint
  reportedBytes: bigint
  mismatchedPolls: number
  observedAt: Date | null
  foreignCount: number
  missingCount: number
  missingSnapshotCount: number
  changedCount: number
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
            effective_bytes AS "effectiveBytes", free_bytes AS "freeBytes",
            reported_bytes AS "reportedBytes", mismatched_polls AS "mismatchedPolls", observed_at AS "observedAt",
            coalesce("foreign", 0) AS "foreignCount", coalesce(missing, 0) AS "missingCount",
            coalesce(missing_snapshot, 0) AS "missingSnapshotCount", coalesce(changed, 0) AS "changedCount"
     FROM cluster LEFT JOIN cluster_capacity ON cluster_capacity.cluster_id = id
     LEFT JOIN (SELECT cluster_id, count(*) FILTER (WHERE kind = 'FOREIGN')::int AS "foreign",
                       count(*) FILTER (WHERE kind = 'MISSING')::int AS missing,
                       count(*) FILTER (WHERE kind = 'MISSING_SNAPSHOT')::int AS missing_snapshot,
                       count(*) FILTER (WHERE kind = 'CHANGED')::int AS changed
                FROM finding WHERE state = 'OPEN' GROUP BY cluster_id) AS open_finding ON open_finding.cluster_id = id
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
      reportedBytes,
      mismatchedPolls,
      observedAt,
      foreignCount,
      missingCount,
      missingSnapshotCount,
      changedCount,
      ...facts
    }): ClusterUnderWatch => ({
      clusterId,
      open: open.get(clusterId) ?? [],
      facts: {
        ...facts,
        openFindings: {
          FOREIGN: foreignCount,
          MISSING: missingCount,
          MISSING_SNAPSHOT: missingSnapshotCount,
          CHANGED: changedCount,
        },
        figures: observedAt && {
          provisionedBytes,
          pendingBytes,
          effectiveBytes,
          freeBytes,
          reportedBytes,
          mismatchedPolls,
          observedAt,
        },
      },
    }),
  )
}
