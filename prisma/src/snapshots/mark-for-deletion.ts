import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { Snapshot } from '@flotilla/core/snapshots/snapshot'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { Snapshot as SnapshotRow } from '../generated/client.ts'
import { SNAPSHOT_COLUMNS } from './snapshot-columns.ts'
import { toSnapshot } from './snapshot-row.ts'

/** For locked rows. A failed one left nothing behind, so there is nothing to wait for. */
export async function markSnapshotsForDeletion(
  client: pg.ClientBase,
  ids: readonly SnapshotId[],
): Promise<readonly Snapshot[]> {
  const { rows } = await client.query<SnapshotRow>(
    `UPDATE snapshot SET state = CASE state WHEN 'FAILED' THEN 'DELETED' ELSE 'DELETING' END,
            deleted_at = CASE state WHEN 'FAILED' THEN clock_timestamp() END,
            revision = revision + 1, updated_at = clock_timestamp(), next_reconcile_at = clock_timestamp()
     WHERE id = ANY ($1) RETURNING ${SNAPSHOT_COLUMNS}`,
    [ids],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: rows.map((row) => row.id) })
  return rows.map(toSnapshot)
}
