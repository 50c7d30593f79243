import type { HostAccess } from '@flotilla/core/hosts/host-access'
import { volumeHosts } from '@flotilla/core/hosts/volume-hosts'
import type { HostId, SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { DeletionFacts } from '@flotilla/core/volumes/deletion-fault'
import type pg from 'pg'
import { ATTACHED_TO_VOLUME } from '../hosts/attachment-rows.ts'
import { OUTLIVING } from '../snapshots/outliving.ts'
import { GONE } from '../volumes/gone.ts'

interface DependentsRow {
  id: VolumeId
  hosts: { readonly hostId: HostId; readonly nqn: string }[] | null
  observed_access: HostAccess | null
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
            volume.observed_access, ${ATTACHED_TO_VOLUME} AS hosts,
            array_agg(DISTINCT snapshot.id) FILTER (WHERE snapshot.id IS NOT NULL) AS snapshot_ids,
            array_agg(DISTINCT clone.id) FILTER (WHERE clone.id IS NOT NULL) AS clone_ids
     FROM volume
          LEFT JOIN snapshot ON snapshot.volume_id = volume.id AND snapshot.state IN ${OUTLIVING}
          LEFT JOIN volume AS clone ON clone.source_snapshot_id = snapshot.id AND clone.state NOT IN ${GONE}
     WHERE volume.id = ANY ($1) GROUP BY volume.id`,
    [ids],
  )
  return new Map(
    rows.map(({ id, hosts, observed_access, snapshot_ids, clone_ids }) => [
      id,
      {
        ...volumeHosts(hosts ?? [], observed_access),
        snapshotIds: snapshot_ids ?? [],
        cloneIds: clone_ids ?? [],
      },
    ]),
  )
}
