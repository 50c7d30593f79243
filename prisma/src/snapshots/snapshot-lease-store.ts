import type { ClusterId, SnapshotId } from '@flotilla/core/identity/ids'
import type { Due } from '@flotilla/core/ports/due'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import { ACCESS_COLUMNS, type AccessRow, openAccess } from '../clusters/cluster-access.ts'
import { DOES_ANSWER } from '../clusters/does-answer.ts'
import type { Database } from '../database/connect.ts'
import { prepared } from '../database/prepared.ts'
import type { ServiceKeyStore } from '../secrets/service-key-store.ts'
import type { Vault } from '../secrets/vault.ts'
import { HOLDS_SOURCE } from './holds-source.ts'
import { IS_READ_FROM } from './is-read-from.ts'
import { type SnapshotSettlement, type SnapshotSettleOutcome, settleSnapshot } from './settle-snapshot.ts'
import type { SnapshotLease } from './snapshot-lease.ts'

/** As for volumes. */
const LEASE_SECONDS = 30
const TAKEN_FOR_SECONDS = 10

export interface SnapshotLeaseStore {
  /** `null` when the snapshot is at rest, is unknown, or another worker has it. Marks its operation as running. */
  lease(id: SnapshotId): Promise<SnapshotLease | null>
  /** Writes what became of it and gives the lease back. */
  settle(lease: SnapshotLease, settlement: SnapshotSettlement): Promise<SnapshotSettleOutcome>
  /** Takes those whose work is due and that nobody has, at most `perCluster` of each cluster that is not `busy`, and puts them off. */
  takeDue(perCluster: number, busy: readonly ClusterId[]): Promise<readonly Due<SnapshotId>[]>
}

interface LeaseRow extends AccessRow {
  snapshot_id: SnapshotId
  lease_number: bigint
  leased_at: Date
  state: SnapshotState
  description: string
  backend_name: string
  snapshot_backend_id: string | null
  backend_project: string
  volume_backend_id: string | null
  retention_seconds: number | null
  unknown_before: Date | null
  clone_count: number
  driver: string
  cluster_answers: boolean
}

/** One whose time is over is work once nobody reads from it, and so is one that is there though it should not be. */
const NOT_AT_REST = `(snapshot.state IN ('CREATING', 'DELETING', 'LINGERING')
    OR snapshot.state IN ('DELETED', 'FAILED') AND snapshot.observed_state IS NOT NULL
    OR snapshot.state = 'AVAILABLE' AND snapshot.expires_at IS NOT NULL AND snapshot.expires_at <= clock_timestamp()
      AND NOT ${IS_READ_FROM})
  AND EXISTS (SELECT 1 FROM cluster WHERE cluster.id = snapshot.cluster_id AND cluster.detached_at IS NULL)`

const NOT_LEASED = '(snapshot.leased_until IS NULL OR snapshot.leased_until < clock_timestamp())'

/** As for volumes. Asked for again in the update itself: whoever waited for another sweep must see what that one has taken. */
const IS_DUE = `${NOT_AT_REST} AND snapshot.next_reconcile_at <= clock_timestamp() AND ${NOT_LEASED}`

/** Snapshots are few beside volumes, so each is leased and settled by itself. */
const TAKE_DUE = prepared(
  `UPDATE snapshot SET next_reconcile_at = clock_timestamp() + make_interval(secs => $2)
   WHERE id IN (
     SELECT id FROM (
       SELECT id, row_number() OVER (PARTITION BY cluster_id ORDER BY next_reconcile_at) AS position
       FROM snapshot WHERE ${IS_DUE} AND cluster_id <> ALL ($3)
         AND cluster_id IN (SELECT id FROM cluster WHERE ${DOES_ANSWER})) AS due
     WHERE position <= $1)
     AND ${IS_DUE}
   RETURNING id, cluster_id AS "clusterId"`,
)

export function createSnapshotLeaseStore(
  database: Database,
  vault: Vault,
  serviceKeys: ServiceKeyStore,
): SnapshotLeaseStore {
  return {
    async lease(id) {
      const { rows } = await database.pool.query<LeaseRow>(
        `WITH wanted AS MATERIALIZED (
           SELECT id, create_unknown_at FROM snapshot WHERE id = $1 AND ${NOT_AT_REST} AND ${NOT_LEASED} FOR UPDATE),
         leased AS (
           UPDATE snapshot SET lease_number = lease_number + 1,
                  leased_until = clock_timestamp() + make_interval(secs => $2),
                  create_unknown_at = CASE state WHEN 'CREATING' THEN clock_timestamp() ELSE snapshot.create_unknown_at END
           FROM wanted WHERE snapshot.id = wanted.id
           RETURNING snapshot.*, wanted.create_unknown_at AS unknown_before),
         started AS (
           UPDATE operation SET state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
           WHERE snapshot_id = $1 AND state = 'PENDING' AND EXISTS (SELECT 1 FROM leased) RETURNING id),
         told AS (INSERT INTO event (kind, subject_id) SELECT 'OPERATION_CHANGED', id FROM started)
         SELECT leased.id AS snapshot_id, leased.lease_number, clock_timestamp()::timestamptz(3) AS leased_at,
                leased.state, volume.name || ' ' || leased.name AS description, leased.backend_name,
                leased.backend_id AS snapshot_backend_id, volume.backend_project,
                volume.backend_id AS volume_backend_id, retention_seconds, unknown_before,
                (SELECT count(*)::int FROM volume AS clone
                 WHERE clone.source_snapshot_id = leased.id AND ${HOLDS_SOURCE}) AS clone_count,
                cluster.driver, ${DOES_ANSWER} AS cluster_answers, ${ACCESS_COLUMNS}
         FROM leased JOIN cluster ON cluster.id = leased.cluster_id JOIN volume ON volume.id = leased.volume_id`,
        [id, LEASE_SECONDS],
      )
      return rows[0] ? toLease(rows[0]) : null
    },

    settle: (lease, settlement) => settleSnapshot(database, lease, settlement),

    async takeDue(perCluster, busy) {
      const { rows } = await database.pool.query<Due<SnapshotId>>(
        TAKE_DUE([perCluster, TAKEN_FOR_SECONDS, busy]),
      )
      return rows
    },
  }

  function toLease(row: LeaseRow): SnapshotLease {
    return {
      snapshotId: row.snapshot_id,
      leaseNumber: row.lease_number,
      leasedAt: row.leased_at,
      state: row.state,
      description: row.description,
      backendName: row.backend_name,
      backendId: row.snapshot_backend_id,
      backendProject: row.backend_project,
      volumeBackendId: row.volume_backend_id,
      retentionSeconds: row.retention_seconds,
      createUnknownAt: row.unknown_before,
      cloneCount: row.clone_count,
      clusterId: row.id,
      driver: row.driver,
      clusterAnswers: row.cluster_answers,
      openAccess: () => openAccess(vault, serviceKeys, row),
    }
  }
}
