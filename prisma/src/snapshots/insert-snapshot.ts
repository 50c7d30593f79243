import type { NewSnapshot } from '@flotilla/core/ports/snapshot-store'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import { backendNameOf } from '@flotilla/core/volumes/backend-name'
import type { SourceFacts } from '@flotilla/core/volumes/clone-source'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { Snapshot as SnapshotRow } from '../generated/client.ts'
import { SNAPSHOT_COLUMNS } from './snapshot-columns.ts'
import { toSnapshot } from './snapshot-row.ts'

/** Records a snapshot that is wanted; its size is put right by what the cluster says of it. */
export async function insertSnapshot(
  client: pg.ClientBase,
  snapshot: NewSnapshot & { readonly madeForId?: string; readonly scheduleId?: string },
  source: Omit<SourceFacts, 'state' | 'backendProject' | 'madeForId'>,
): Promise<Snapshot> {
  const { rows } = await client.query<SnapshotRow>(
    `INSERT INTO snapshot (id, volume_id, project, name, labels, state, cluster_id, backend_name, size_bytes, replicas,
                           compression, retention_seconds, made_for_id, schedule_id, next_reconcile_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, 'CREATING', $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp() + interval '5 s')
     RETURNING ${SNAPSHOT_COLUMNS}`,
    [
      snapshot.id,
      snapshot.volumeId,
      source.project,
      snapshot.name,
      JSON.stringify(snapshot.labels),
      source.clusterId,
      backendNameOf(snapshot.id),
      source.sizeBytes,
      source.replicas,
      source.compression,
      snapshot.retentionSeconds,
      snapshot.madeForId ?? null,
      snapshot.scheduleId ?? null,
    ],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: [snapshot.id] })
  const [row] = rows
  if (!row) throw new Error('an inserted snapshot was not returned')
  return toSnapshot(row)
}
