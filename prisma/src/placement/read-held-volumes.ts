import type { HostAccess } from '@flotilla/core/hosts/host-access'
import { volumeHosts } from '@flotilla/core/hosts/volume-hosts'
import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type { HeldHost, HeldVolume } from '@flotilla/core/moves/held-volume'
import type { SnapshotSchedule } from '@flotilla/core/schedules/snapshot-schedule'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import { SCHEDULE_COLUMNS, type ScheduleColumns, toSchedule } from '../schedules/schedule-row.ts'
import { GONE } from '../volumes/gone.ts'

interface HeldRow {
  id: VolumeId
  cluster_id: ClusterId
  project: string
  name: string
  size_bytes: bigint
  replicas: number
  state: VolumeState
  compression: boolean
  qos_policy: string | null
  labels: Record<string, string>
  backend_id: string | null
  policy_name: string
  placement_group: string | null
  snapshot_count: number
  foreign_snapshot_count: number | null
  clone_count: number
  foreign_clone_count: number | null
  is_clone: boolean
  hosts: readonly (HeldHost & { readonly nqn: string })[]
  observed_access: HostAccess | null
}

/** See `PlacementRecords.readHeldVolumes`. */
export async function readHeldVolumes(
  pool: pg.Pool,
  clusterIds: readonly ClusterId[],
  perCluster: number,
): Promise<readonly HeldVolume[]> {
  const { rows } = await pool.query<HeldRow>(
    `SELECT volume.*, kept.snapshot_count, kept.clone_count,
            coalesce(observed_clone, false)
              OR EXISTS (SELECT 1 FROM snapshot WHERE id = volume.source_snapshot_id AND state NOT IN ${GONE}) AS is_clone,
            (SELECT coalesce(json_agg(json_build_object('id', host_id, 'mode', coalesce(wanted_mode, confirmed_mode), 'nqn', nqn)
                                      ORDER BY host_id), '[]')
             FROM attachment JOIN host ON host.id = host_id WHERE volume_id = volume.id) AS hosts
     FROM unnest($1::text[]) AS wanted(cluster_id)
       CROSS JOIN LATERAL (
         SELECT id, cluster_id, project, name, size_bytes, replicas, state, compression, qos_policy, labels, backend_id,
                policy_name, placement_group, source_snapshot_id, observed_access, foreign_snapshot_count,
                foreign_clone_count, observed_clone
         FROM volume WHERE cluster_id = wanted.cluster_id
           AND state IN ('CREATING', 'AVAILABLE', 'RESIZING', 'UPDATING', 'RESTORING', 'MISSING')
         ORDER BY size_bytes * replicas DESC, id LIMIT $2) AS volume
       CROSS JOIN LATERAL (
         SELECT count(*)::int AS snapshot_count,
                (SELECT count(*) FROM volume AS clone
                 WHERE clone.source_snapshot_id = ANY (array_agg(snapshot.id))
                   AND clone.state NOT IN ${GONE})::int AS clone_count
         FROM snapshot WHERE volume_id = volume.id AND state NOT IN ${GONE}) AS kept
     ORDER BY volume.size_bytes * volume.replicas DESC, volume.id`,
    [clusterIds, perCluster],
  )
  const schedules = await readSchedules(
    pool,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => toHeldVolume(row, schedules.get(row.id) ?? []))
}

async function readSchedules(
  pool: pg.Pool,
  volumeIds: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, readonly SnapshotSchedule[]>> {
  const { rows } = await pool.query<ScheduleColumns>(
    `SELECT ${SCHEDULE_COLUMNS} FROM snapshot_schedule
     WHERE volume_id = ANY ($1) AND deleted_at IS NULL ORDER BY created_at, id`,
    [volumeIds],
  )
  return Map.groupBy(rows.map(toSchedule), ({ volumeId }) => volumeId)
}

function toHeldVolume(row: HeldRow, schedules: readonly SnapshotSchedule[]): HeldVolume {
  const attached = row.hosts.map(({ id, nqn }) => ({ hostId: id, nqn }))
  const { foreignNqns } = volumeHosts(attached, row.observed_access)
  return {
    request: {
      volumeId: row.id,
      sizeBytes: row.size_bytes,
      replicas: row.replicas,
      excludedClusterIds: [],
      growsOn: null,
      pinnedTo: null,
      group: row.placement_group,
    },
    clusterId: row.cluster_id,
    project: row.project,
    name: row.name,
    state: row.state,
    compression: row.compression,
    qosPolicy: row.qos_policy,
    labels: row.labels,
    backendId: row.backend_id,
    policyName: row.policy_name,
    snapshotCount: row.snapshot_count,
    foreignSnapshotCount: row.foreign_snapshot_count,
    cloneCount: row.clone_count,
    foreignCloneCount: row.foreign_clone_count,
    isClone: row.is_clone,
    hosts: row.hosts.map(({ id, mode }) => ({ id, mode })),
    schedules,
    foreignNqns,
  }
}
