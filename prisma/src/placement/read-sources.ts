import type { SnapshotId, VolumeId } from '@flotilla/core/identity/ids'
import type { CloneSource, SourceFacts } from '@flotilla/core/volumes/clone-source'
import type pg from 'pg'

interface SourceRow {
  id: string
  state: SourceFacts['state']
  project: string
  cluster_id: SourceFacts['clusterId']
  size_bytes: bigint
  replicas: number
  compression: boolean
  backend_project: string
  made_for_id: SourceFacts['madeForId']
}

const FACTS = 'id, state, project, cluster_id, size_bytes, replicas, compression'
/** A snapshot is where its volume is. */
const OWN_FACTS = {
  volume: 'backend_project, NULL AS made_for_id',
  snapshot:
    '(SELECT backend_project FROM volume WHERE volume.id = snapshot.volume_id) AS backend_project, made_for_id',
}

/** The sources of clones, by the id that names them; they stay as they are until the transaction ends. */
export async function readSources(
  client: pg.ClientBase,
  sources: readonly CloneSource[],
): Promise<ReadonlyMap<SnapshotId | VolumeId, SourceFacts>> {
  const volumes = sources.flatMap(({ volumeId }) => volumeId ?? [])
  const snapshots = sources.flatMap(({ snapshotId, volumeId }) => (volumeId ? [] : [snapshotId]))
  const rows = [
    ...(await readFacts(client, 'volume', volumes)),
    ...(await readFacts(client, 'snapshot', snapshots)),
  ]
  return new Map(
    rows.map((row) => [
      row.id as SnapshotId | VolumeId,
      {
        state: row.state,
        project: row.project,
        clusterId: row.cluster_id,
        sizeBytes: row.size_bytes,
        replicas: row.replicas,
        compression: row.compression,
        backendProject: row.backend_project,
        madeForId: row.made_for_id,
      },
    ]),
  )
}

async function readFacts(
  client: pg.ClientBase,
  table: 'volume' | 'snapshot',
  ids: readonly string[],
): Promise<readonly SourceRow[]> {
  if (ids.length === 0) return []
  const { rows } = await client.query<SourceRow>(
    `SELECT ${FACTS}, ${OWN_FACTS[table]} FROM ${table} WHERE id = ANY ($1) ORDER BY id FOR SHARE`,
    [ids],
  )
  return rows
}
