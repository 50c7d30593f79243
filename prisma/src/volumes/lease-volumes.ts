import type { HostAccess } from '@flotilla/core/hosts/host-access'
import type { AccessChange, WantedAccess, WantedHost } from '@flotilla/core/hosts/next-access'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { ClusterAccess } from '@flotilla/core/ports/cluster-access'
import type { VolumeLease } from '@flotilla/core/ports/volume-lease'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type { FormerProperties } from '@flotilla/core/volumes/volume-properties'
import type pg from 'pg'
import { ACCESS_COLUMNS, type AccessRow } from '../clusters/cluster-access.ts'
import { DOES_ANSWER } from '../clusters/does-answer.ts'
import { retryOnConflict } from '../database/transaction.ts'
import { NOT_AT_REST, NOT_LEASED } from './at-rest.ts'

/** Longer than any single call to a cluster may take, failover included. */
const LEASE_SECONDS = 30
const RACES_RETRIED = 5

interface LeaseRow extends AccessRow {
  volume_id: VolumeId
  lease_number: bigint
  leased_at: Date
  state: VolumeState
  size_bytes: bigint
  shrink_to_bytes: bigint | null
  written_size_bytes: bigint | null
  former_properties: FormerProperties | null
  access_change: AccessChange | null
  written_access: HostAccess | null
  source_state: SnapshotState | null
  source_backend_id: string | null
  source_is_own: boolean
  restore_backend_id: string | null
  replicas: number
  compression: boolean
  qos_policy: string | null
  labels: Record<string, string>
  backend_name: string
  backend_project: string
  volume_backend_id: string | null
  unknown_before: Date | null
  asked_before: Date | null
  change_taken: boolean
  restore_unknown_before: Date | null
  driver: string
  cluster_answers: boolean
}

type OpenAccess = (row: AccessRow) => Promise<ClusterAccess>

/**
 * Rows are locked by id alone and looked at afterwards, as their last holder left them; a statement that also asks for
 * their state is planned, by figures that are old after a burst, to read every volume that was ever at work.
 */
function leaseStatement(locking: 'FOR UPDATE' | 'FOR UPDATE SKIP LOCKED'): string {
  return `WITH locked AS MATERIALIZED (
      SELECT id, state, observed_bytes, leased_until, cluster_id, create_unknown_at, change_asked_at, restore_unknown_at
      FROM volume WHERE id = ANY ($1) ${locking}),
    wanted AS MATERIALIZED (
      SELECT id, create_unknown_at, change_asked_at, restore_unknown_at
      FROM locked AS volume WHERE ${NOT_AT_REST} AND ${NOT_LEASED}),
    leased AS (
      UPDATE volume SET lease_number = volume.lease_number + 1,
             leased_until = clock_timestamp() + make_interval(secs => $2),
             create_unknown_at = CASE volume.state WHEN 'CREATING' THEN clock_timestamp() ELSE volume.create_unknown_at END,
             change_asked_at = CASE WHEN volume.state IN ('RESIZING', 'UPDATING', 'RESTORING') THEN clock_timestamp() END,
             restore_unknown_at = CASE WHEN volume.state = 'RESTORING' AND NOT volume.change_taken THEN clock_timestamp() ELSE volume.restore_unknown_at END
      FROM wanted WHERE volume.id = wanted.id
      RETURNING volume.*, wanted.create_unknown_at AS unknown_before, wanted.change_asked_at AS asked_before,
                wanted.restore_unknown_at AS restore_unknown_before),
    started AS (
      UPDATE operation SET state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
      WHERE volume_id = ANY (ARRAY(SELECT id FROM leased)) AND state = 'PENDING' RETURNING id),
    told AS (INSERT INTO event (kind, subject_id) SELECT 'OPERATION_CHANGED', id FROM started)
    SELECT leased.id AS volume_id, leased.lease_number, clock_timestamp()::timestamptz(3) AS leased_at, leased.state, leased.size_bytes,
           shrink_to_bytes, (leased.written ->> 'sizeBytes')::bigint AS written_size_bytes, former_properties, access_change, leased.written -> 'access' AS written_access, leased.replicas, leased.compression, qos_policy,
           CASE access_change WHEN 'AS_WRITTEN' THEN leased.written -> 'labels' ELSE leased.labels END AS labels,
           leased.backend_name, leased.backend_project,
           leased.backend_id AS volume_backend_id, unknown_before, asked_before, change_taken, restore_unknown_before, source.state AS source_state,
           source.backend_id AS source_backend_id, source.made_for_id IS NOT NULL AS source_is_own,
           (SELECT backend_id FROM snapshot WHERE snapshot.id = leased.restore_snapshot_id) AS restore_backend_id,
           cluster.driver, ${DOES_ANSWER} AS cluster_answers, ${ACCESS_COLUMNS}
    FROM leased JOIN cluster ON cluster.id = leased.cluster_id
         LEFT JOIN snapshot AS source ON source.id = leased.source_snapshot_id`
}

/** Not prepared: a plan that was made for small tables stays, and reads large ones from end to end. */
const LEASE_ONE = leaseStatement('FOR UPDATE')
const LEASE_MANY = leaseStatement('FOR UPDATE SKIP LOCKED')

/**
 * Leases as many of these as can be had at once; one answer for each, in order. Never waits for a lock while it holds
 * others: `null` also says that somebody holds the row just now.
 */
export async function leaseVolumes(
  pool: pg.Pool,
  openAccess: OpenAccess,
  ids: readonly VolumeId[],
): Promise<readonly (VolumeLease | null)[]> {
  const leases = await lease(pool, openAccess, LEASE_MANY, ids)
  const leased = new Map(leases.map((each) => [each.volumeId, each]))
  return ids.map((id) => {
    const own = leased.get(id)
    leased.delete(id)
    return own ?? null
  })
}

/** Waits for whoever holds the row; `null` when the volume is at rest, unknown, or another has its lease. */
export async function leaseVolume(
  pool: pg.Pool,
  openAccess: OpenAccess,
  id: VolumeId,
): Promise<VolumeLease | null> {
  const [own] = await lease(pool, openAccess, LEASE_ONE, [id])
  return own ?? null
}

async function lease(
  pool: pg.Pool,
  openAccess: OpenAccess,
  statement: string,
  ids: readonly VolumeId[],
): Promise<readonly VolumeLease[]> {
  const { rows } = await retryOnConflict(RACES_RETRIED, () =>
    pool.query<LeaseRow>(statement, [ids, LEASE_SECONDS]),
  )
  const asking = rows.filter(({ access_change }) => access_change !== null)
  const hosts = await readWantedHosts(
    pool,
    asking.map((row) => row.volume_id),
  )
  return rows.map((row) => toLease(row, hosts.get(row.volume_id) ?? [], openAccess))
}

interface HostRow extends WantedHost {
  readonly volumeId: VolumeId
}

/**
 * The hosts that these volumes are to have, or had. Read behind the lock, by a statement of its own: one that has waited
 * for the lock sees the volume as whoever held it left it, and everything else as it was before.
 */
async function readWantedHosts(
  pool: pg.Pool,
  volumeIds: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, readonly WantedHost[]>> {
  if (volumeIds.length === 0) return new Map()
  const { rows } = await pool.query<HostRow>(
    `SELECT volume_id AS "volumeId", nqn, addresses, wanted_mode AS mode
     FROM attachment JOIN host ON host.id = host_id WHERE volume_id = ANY ($1)`,
    [volumeIds],
  )
  return Map.groupBy(rows, ({ volumeId }) => volumeId)
}

function toLease(row: LeaseRow, hosts: readonly WantedHost[], openAccess: OpenAccess): VolumeLease {
  return {
    volumeId: row.volume_id,
    leaseNumber: row.lease_number,
    leasedAt: row.leased_at,
    state: row.state,
    sizeBytes: row.size_bytes,
    shrinkToBytes: row.shrink_to_bytes,
    writtenSizeBytes: row.written_size_bytes,
    formerProperties: row.former_properties,
    restoreBackendId: row.restore_backend_id,
    wantedAccess: toWantedAccess(row, hosts),
    source: row.source_state && {
      state: row.source_state,
      backendId: row.source_backend_id,
      isOwn: row.source_is_own,
    },
    replicas: row.replicas,
    compression: row.compression,
    qosPolicy: row.qos_policy,
    labels: row.labels,
    ownBackendName: row.backend_name,
    backendProject: row.backend_project,
    backendId: row.state === 'CREATING' ? null : row.volume_backend_id,
    createUnknownAt: row.unknown_before,
    changeAskedAt: row.asked_before,
    changeTaken: row.change_taken,
    restoreUnknownAt: row.restore_unknown_before,
    clusterId: row.id,
    driver: row.driver,
    clusterAnswers: row.cluster_answers,
    openAccess: () => openAccess(row),
  }
}

function toWantedAccess(
  { access_change: change, written_access: written }: LeaseRow,
  hosts: readonly WantedHost[],
): WantedAccess | null {
  return change && { hosts, change, written }
}
