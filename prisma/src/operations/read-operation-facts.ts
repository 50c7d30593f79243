import type { ClusterId, OperationId } from '@flotilla/core/identity/ids'
import type { OperationFacts } from '@flotilla/core/operations/operation-facts'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'

interface FactsRow {
  id: OperationId
  volume_state: VolumeState | null
  change_asked_at: Date | null
  is_observed: boolean
  observed_at: Date | null
  snapshot_state: SnapshotState | null
  placements: { clusterId: ClusterId | null; decidedAt: string }[] | null
  bulk: OperationFacts['bulk']
  volumes_total: number | null
  snapshots_total: number
  bytes_total: bigint
  volumes_left: number
  snapshots_left: number
  bytes_left: bigint
}

/** In one statement, in the order of the ids; null for an unknown one. */
export async function readOperationFacts(
  pool: pg.Pool,
  ids: readonly OperationId[],
): Promise<readonly (OperationFacts | null)[]> {
  const { rows } = await pool.query<FactsRow>(
    `SELECT operation.id, volume.state AS volume_state,
            CASE volume.state WHEN 'CREATING' THEN volume.create_unknown_at ELSE volume.change_asked_at END AS change_asked_at,
            coalesce(volume.observed_bytes > 0, false) AS is_observed, volume.observed_at,
            snapshot.state AS snapshot_state,
            CASE operation.kind WHEN 'CREATE_VOLUME' THEN (
              SELECT jsonb_agg(jsonb_build_object('clusterId', decision.cluster_id, 'decidedAt', decided_at) ORDER BY hop)
              FROM placement_decision AS decision
              WHERE decision.id = volume.decision_id) END AS placements,
            CASE WHEN bulk.operation_id IS NOT NULL THEN jsonb_build_object('pending', bulk.pending, 'running', bulk.running,
              'succeeded', bulk.succeeded, 'failed', bulk.failed, 'cancelled', bulk.cancelled) END AS bulk,
            volumes_total, snapshots_total, bytes_total, volumes_left, snapshots_left, bytes_left
     FROM operation LEFT JOIN volume ON volume.id = operation.volume_id
          LEFT JOIN snapshot ON snapshot.id = operation.snapshot_id
          LEFT JOIN bulk_operation AS bulk ON bulk.operation_id = operation.id
          LEFT JOIN cluster_drain AS drain ON drain.operation_id = operation.id
     WHERE operation.id = ANY ($1)`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, toFacts(row)]))
  return ids.map((id) => byId.get(id) ?? null)
}

function toFacts(row: FactsRow): OperationFacts {
  return {
    operationId: row.id,
    volume: row.volume_state && {
      state: row.volume_state,
      changeAskedAt: row.change_asked_at,
      isObserved: row.is_observed,
      observedAt: row.observed_at,
    },
    snapshotState: row.snapshot_state,
    placements: (row.placements ?? []).map(({ clusterId, decidedAt }) => ({
      clusterId,
      decidedAt: new Date(decidedAt),
    })),
    bulk: row.bulk,
    drain:
      row.volumes_total === null
        ? null
        : {
            total: {
              volumeCount: row.volumes_total,
              snapshotCount: row.snapshots_total,
              bytes: row.bytes_total,
            },
            left: { volumeCount: row.volumes_left, snapshotCount: row.snapshots_left, bytes: row.bytes_left },
          },
  }
}
