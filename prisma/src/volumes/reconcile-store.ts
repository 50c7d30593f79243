import type { ClusterConnectionState } from '@flotilla/core/clusters/cluster'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import { ACCESS_COLUMNS, type AccessRow, type ClusterAccess, openAccess } from '../clusters/cluster-access.ts'
import type { Database } from '../database/connect.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'

/** Longer than any single call to a cluster may take, failover included. */
const LEASE_SECONDS = 30

/** How long a volume that was handed to the queue is left alone by the sweep. */
const TAKEN_FOR_SECONDS = 10

/** One worker's right to act on a volume. Whoever holds an older number cannot write any more. */
export interface VolumeLease {
  readonly volumeId: VolumeId
  readonly leaseNumber: bigint
  readonly leasedAt: Date
  readonly state: VolumeState
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly backendName: string
  /** When, before this lease, a create may have been sent to this cluster without an answer on record. */
  readonly createUnknownAt: Date | null
  readonly clusterId: ClusterId
  readonly driver: string
  readonly connection: ClusterConnectionState
  readonly openAccess: () => Promise<ClusterAccess>
}

export interface ReconcileStore {
  /** `null` when the volume is at rest, is unknown, or another worker has it. Marks its operation as running. */
  lease(volumeId: VolumeId): Promise<VolumeLease | null>
  /**
   * Takes the volumes whose work is due and that nobody has, and puts them off, so that they are not taken twice; at
   * most `perCluster` of each cluster, so that a sick one crowds nobody out.
   */
  takeDue(perCluster: number): Promise<readonly VolumeId[]>
}

interface LeaseRow extends AccessRow {
  volume_id: VolumeId
  lease_number: bigint
  leased_at: Date
  state: VolumeState
  size_bytes: bigint
  replicas: number
  compression: boolean
  labels: Record<string, string>
  backend_name: string
  unknown_before: Date | null
  driver: string
  connection: ClusterConnectionState
}

/** A deleted or failed volume that its cluster still holds is work, too. What is on a detached cluster is left alone. */
const NOT_AT_REST = `(volume.state IN ('CREATING', 'RESIZING', 'DELETING')
    OR volume.state IN ('DELETED', 'FAILED') AND volume.observed_bytes > 0)
  AND EXISTS (SELECT 1 FROM cluster WHERE cluster.id = volume.cluster_id AND cluster.detached_at IS NULL)`

/** Asked for again in the update itself: whoever waited for another sweep must see what that one has taken. */
const IS_DUE = `${NOT_AT_REST} AND volume.next_reconcile_at <= clock_timestamp()
  AND (volume.leased_until IS NULL OR volume.leased_until < clock_timestamp())`

export function createReconcileStore(
  database: Database,
  vault: Vault,
  serviceKeys: ServiceKeyStore,
): ReconcileStore {
  return {
    async lease(volumeId) {
      const { rows } = await database.pool.query<LeaseRow>({
        // Named, so that each connection plans it once: planning took longer than leasing.
        name: 'lease-volume',
        text: `WITH before AS (SELECT id, create_unknown_at FROM volume WHERE id = $1 AND ${NOT_AT_REST} FOR UPDATE),
         leased AS (
           UPDATE volume SET lease_number = volume.lease_number + 1,
                  leased_until = clock_timestamp() + make_interval(secs => $2),
                  create_unknown_at = CASE volume.state WHEN 'CREATING' THEN clock_timestamp() END
           FROM before
           WHERE volume.id = before.id AND ${NOT_AT_REST}
             AND (volume.leased_until IS NULL OR volume.leased_until < clock_timestamp())
           RETURNING volume.*, before.create_unknown_at AS unknown_before),
         started AS (
           UPDATE operation SET state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
           WHERE volume_id = $1 AND state = 'PENDING' AND EXISTS (SELECT 1 FROM leased))
         SELECT leased.id AS volume_id, lease_number, clock_timestamp()::timestamptz(3) AS leased_at, state, size_bytes,
                replicas, compression, leased.labels, backend_name, unknown_before,
                cluster.driver, cluster.connection, ${ACCESS_COLUMNS}
         FROM leased JOIN cluster ON cluster.id = leased.cluster_id`,
        values: [volumeId, LEASE_SECONDS],
      })
      return rows[0] ? toLease(rows[0]) : null
    },

    async takeDue(perCluster) {
      const { rows } = await database.pool.query<{ id: VolumeId }>(
        `UPDATE volume SET next_reconcile_at = clock_timestamp() + make_interval(secs => $2)
         WHERE id IN (
           SELECT id FROM (
             SELECT id, row_number() OVER (PARTITION BY cluster_id ORDER BY next_reconcile_at) AS position
             FROM volume
             WHERE ${IS_DUE}) AS due
           WHERE position <= $1)
           AND ${IS_DUE}
         RETURNING id`,
        [perCluster, TAKEN_FOR_SECONDS],
      )
      return rows.map((row) => row.id)
    },
  }

  function toLease(row: LeaseRow): VolumeLease {
    return {
      volumeId: row.volume_id,
      leaseNumber: row.lease_number,
      leasedAt: row.leased_at,
      state: row.state,
      sizeBytes: row.size_bytes,
      replicas: row.replicas,
      compression: row.compression,
      labels: row.labels,
      backendName: row.backend_name,
      createUnknownAt: row.unknown_before,
      clusterId: row.id,
      driver: row.driver,
      connection: row.connection,
      openAccess: () => openAccess(vault, serviceKeys, row),
    }
  }
}
