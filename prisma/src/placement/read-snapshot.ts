import type { ClusterId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'

/** The fleet at one moment, under the placement lock. */
export interface Snapshot {
  readonly candidates: readonly Candidate[]
  /** Number of the poll that each cluster's figures come from; the write checks that it is still the same. */
  readonly sequences: ReadonlyMap<ClusterId, bigint>
  /** The database's clock; placement's own would differ from server to server. */
  readonly now: Date
}

interface SnapshotRow {
  id: ClusterId
  name: string
  admin_state: Candidate['adminState']
  connection: Candidate['connection']
  health: Candidate['health']
  labels: Readonly<Record<string, string>>
  created_at: Date
  provisioned_bytes: bigint | null
  pending_bytes: bigint
  effective_bytes: bigint
  free_bytes: bigint
  max_replicas: number
  volume_count: number
  observed_at: Date
  sequence: bigint
}

export async function readSnapshot(
  client: pg.ClientBase,
  { maxVolumesPerCluster }: PlacementPolicy,
): Promise<Snapshot> {
  const clock = await client.query<{ now: Date }>('SELECT clock_timestamp()::timestamptz(3) AS now')
  const { rows } = await client.query<SnapshotRow>(
    `SELECT id, name, admin_state, connection, health, labels, created_at, provisioned_bytes, pending_bytes,
            effective_bytes, free_bytes, max_replicas, volume_count, observed_at, sequence
     FROM cluster LEFT JOIN cluster_capacity AS capacity ON capacity.cluster_id = cluster.id
     WHERE detached_at IS NULL`,
  )
  const unseen = maxVolumesPerCluster === null ? NONE_UNSEEN : await countUnseen(client)
  const [tick] = clock.rows
  if (!tick) throw new Error('the database told no time')
  return {
    candidates: rows.map((row) => toCandidate(row, unseen.get(row.id) ?? 0)),
    sequences: new Map(
      rows.filter((row) => row.provisioned_bytes !== null).map((row) => [row.id, row.sequence]),
    ),
    now: tick.now,
  }
}

const NONE_UNSEEN: ReadonlyMap<ClusterId, number> = new Map()

/** Our volumes that no inventory contains yet. Looks at every volume: only for a policy that limits their number. */
async function countUnseen(client: pg.ClientBase): Promise<ReadonlyMap<ClusterId, number>> {
  const { rows } = await client.query<{ cluster_id: ClusterId; count: number }>(
    `SELECT cluster_id, count(*)::int AS count FROM volume
     WHERE observed_bytes = 0 AND state NOT IN ('DELETED', 'FAILED', 'MISSING') GROUP BY cluster_id`,
  )
  return new Map(rows.map((row) => [row.cluster_id, row.count]))
}

function toCandidate(row: SnapshotRow, unseenVolumes: number): Candidate {
  return {
    clusterId: row.id,
    clusterName: row.name,
    adminState: row.admin_state,
    connection: row.connection,
    health: row.health,
    labels: row.labels,
    joinedAtMs: row.created_at.getTime(),
    recentBytes: 0n,
    figures:
      row.provisioned_bytes === null
        ? null
        : {
            provisionedBytes: row.provisioned_bytes,
            pendingBytes: row.pending_bytes,
            effectiveBytes: row.effective_bytes,
            freeBytes: row.free_bytes,
            maxReplicas: row.max_replicas,
            volumeCount: row.volume_count + unseenVolumes,
            observedAtMs: row.observed_at.getTime(),
          },
  }
}
