import type { ClusterConnectionState } from '@flotilla/core/clusters/cluster'
import type { VolumeId } from '@flotilla/core/identity/ids'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { ACCESS_COLUMNS, type AccessRow, type ClusterAccess } from '../clusters/cluster-access.ts'
import { NOT_AT_REST, NOT_LEASED } from './at-rest.ts'
import type { VolumeLease } from './volume-lease.ts'

/** Longer than any single call to a cluster may take, failover included. */
const LEASE_SECONDS = 30

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

type OpenAccess = (row: AccessRow) => Promise<ClusterAccess>

/** Conditions stand twice: whoever waited for a row must see what its holder has made of it. */
function leaseStatement(locking: 'FOR UPDATE' | 'FOR UPDATE SKIP LOCKED'): string {
  return `WITH before AS (
      SELECT id, create_unknown_at FROM volume WHERE id = ANY ($1) AND ${NOT_AT_REST} AND ${NOT_LEASED} ${locking}),
    leased AS (
      UPDATE volume SET lease_number = volume.lease_number + 1,
             leased_until = clock_timestamp() + make_interval(secs => $2),
             create_unknown_at = CASE volume.state WHEN 'CREATING' THEN clock_timestamp() END
      FROM before WHERE volume.id = before.id AND ${NOT_AT_REST} AND ${NOT_LEASED}
      RETURNING volume.*, before.create_unknown_at AS unknown_before),
    started AS (
      UPDATE operation SET state = 'RUNNING', started_at = coalesce(started_at, clock_timestamp())
      WHERE volume_id IN (SELECT id FROM leased) AND state = 'PENDING')
    SELECT leased.id AS volume_id, lease_number, clock_timestamp()::timestamptz(3) AS leased_at, state, size_bytes,
           replicas, compression, leased.labels, backend_name, unknown_before,
           cluster.driver, cluster.connection, ${ACCESS_COLUMNS}
    FROM leased JOIN cluster ON cluster.id = leased.cluster_id`
}

/** Named, so that each connection plans them once: planning took longer than leasing. */
const LEASE_ONE = { name: 'lease-volume', text: leaseStatement('FOR UPDATE') }
const LEASE_MANY = { name: 'lease-volumes', text: leaseStatement('FOR UPDATE SKIP LOCKED') }

/**
 * One answer for each volume, in order: its lease, or `null` when it is at rest, unknown, or another has it. Never waits
 * for a lock while it holds others; a volume that was passed over, for that or another reason, is then looked at alone.
 */
export async function leaseVolumes(
  pool: pg.Pool,
  openAccess: OpenAccess,
  ids: readonly VolumeId[],
): Promise<readonly (VolumeLease | null)[]> {
  const leased = new Map(
    (await lease(pool, openAccess, LEASE_MANY, ids)).map((each) => [each.volumeId, each]),
  )
  const answers: (VolumeLease | null)[] = []
  for (const id of ids) {
    const own = leased.get(id) ?? (await lease(pool, openAccess, LEASE_ONE, [id]))[0]
    leased.delete(id)
    answers.push(own ?? null)
  }
  return answers
}

async function lease(
  pool: pg.Pool,
  openAccess: OpenAccess,
  statement: typeof LEASE_ONE,
  ids: readonly VolumeId[],
): Promise<readonly VolumeLease[]> {
  const { rows } = await pool.query<LeaseRow>({ ...statement, values: [ids, LEASE_SECONDS] })
  return rows.map((row) => toLease(row, openAccess))
}

function toLease(row: LeaseRow, openAccess: OpenAccess): VolumeLease {
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
    openAccess: () => openAccess(row),
  }
}
