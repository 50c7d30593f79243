import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

/** SQL: whether a snapshot is to go, or goes before long. Others rest, and are locked by whoever clones them. */
export const IS_GOING = `(snapshot.state IN ('DELETING', 'LINGERING')
  OR snapshot.state = 'AVAILABLE' AND snapshot.expires_at <= clock_timestamp())`

/**
 * Makes the sources of clones that have ended due at once, in the transaction that ends them: a source that lingers is not asked for while clones
 * of ours hold it. Who settles one just now either counts the clone as ended, or is waited for here and then overwritten.
 */
export async function wakeSources(client: pg.ClientBase, cloneIds: readonly VolumeId[]): Promise<void> {
  if (cloneIds.length === 0) return
  await client.query(
    `UPDATE snapshot SET next_reconcile_at = clock_timestamp()
     WHERE id IN (SELECT source_snapshot_id FROM volume WHERE id = ANY ($1)) AND ${IS_GOING}`,
    [cloneIds],
  )
}
