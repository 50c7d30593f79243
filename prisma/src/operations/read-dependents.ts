import type { HostId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { DeletionFacts } from '@flotilla/core/volumes/deletion-fault'
import type pg from 'pg'
import { OUTLIVING } from '../snapshots/outliving.ts'
import { GONE } from '../volumes/gone.ts'

interface DependentsRow {
  id: VolumeId
  host_ids: HostId[] | null
  snapshot_ids: SnapshotId[] | null
  clone_ids: VolumeId[] | null
}

/** What hangs on each volume that is to go, in one statement and without a lock. */
export async function readDependents(
  pool: pg.Pool,
  ids: readonly VolumeId[],
): Promise<ReadonlyMap<VolumeId, DeletionFacts>> {
  const { rows } = await pool.query<DependentsRow>(
    `SELECT volume.id,
            (SELECT array_agg(host_id ORDER BY host_id) FROM attachment WHERE volume_id = volume.id) AS host_ids,
            array_agg(DISTINCT snapshot.id) FILTER (WHERE snapshot.id IS NOT NULL) AS snapshot_ids,
            array_agg(DISTINCT clone.id) FILTER (WHERE clone.id IS NOT NULL) AS clone_ids
     FROM volume
          LEFT JOIN snapshot ON snapshot.volume_id = volume.id AND snapshot.state IN ${OUTLIVING}
          LEFT JOIN volume AS clone ON clone.source_snapshot_id = snapshot.id AND clone.state NOT IN ${GONE}
     WHERE volume.id = ANY ($1) GROUP BY volume.id`,
    [ids],
  )
  return new Map(
    rows.map(({ id, host_ids, snapshot_ids, clone_ids }) => [
      id,
      { hostIds: host_ids ?? [], snapshotIds: snapshot_ids ?? [], cloneIds: clone_ids ?? [] },
    ]),
  )
}
