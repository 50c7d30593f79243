import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

/**
 * Lets go the snapshots that were taken for these clones only: each has been made, or will not be. The cluster keeps what
 * a clone still needs.
 */
export async function releaseSources(client: pg.ClientBase, cloneIds: readonly VolumeId[]): Promise<void> {
  if (cloneIds.length === 0) return
  await client.query(
    `WITH released AS (
       UPDATE snapshot SET state = 'DELETING', revision = revision + 1, updated_at = clock_timestamp(),
              next_reconcile_at = clock_timestamp()
       WHERE made_for_id = ANY ($1) AND state IN ('CREATING', 'AVAILABLE', 'MISSING') RETURNING id)
     INSERT INTO event (kind, subject_id) SELECT 'SNAPSHOT_CHANGED', id FROM released`,
    [cloneIds],
  )
}
