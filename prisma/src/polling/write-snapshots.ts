import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { BackendSnapshot } from '@flotilla/core/ports/cluster-driver'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from './begun-poll.ts'

/**
 * Writes what a poll saw of our snapshots, by difference. They take no promised bytes, so the ledger has no part in it.
 *
 * @returns deleted or failed ones that the cluster still (or again) has; they are to be reconciled
 */
export async function writeSnapshots(
  client: pg.ClientBase,
  poll: BegunPoll,
  snapshots: readonly BackendSnapshot[],
): Promise<readonly SnapshotId[]> {
  const ours = snapshots.flatMap(({ name, backendId, state }) => {
    const id = idOfBackendName('Snapshot', name)
    return id && state !== 'FAILED' ? [{ id, backend_id: backendId, state }] : []
  })
  const seen = await client.query<{ id: SnapshotId; state: string }>(
    `UPDATE snapshot SET observed_state = seen.state, observed_at = $3,
            backend_id = coalesce(snapshot.backend_id, seen.backend_id),
            state = CASE snapshot.state WHEN 'MISSING' THEN 'AVAILABLE' ELSE snapshot.state END,
            next_reconcile_at = CASE WHEN snapshot.state IN ('DELETED', 'FAILED') THEN $3 ELSE next_reconcile_at END
     FROM jsonb_to_recordset($2::jsonb) AS seen(id text, backend_id text, state text)
     WHERE snapshot.id = seen.id AND snapshot.cluster_id = $1
       AND (observed_state, snapshot.state = 'MISSING') IS DISTINCT FROM (seen.state, false)
     RETURNING snapshot.id, snapshot.state`,
    [poll.clusterId, JSON.stringify(ours), poll.startedAt],
  )
  const gone = await client.query<{ id: SnapshotId }>(
    `UPDATE snapshot SET observed_state = NULL, observed_at = $3,
            state = CASE WHEN state = 'AVAILABLE' THEN 'MISSING' ELSE state END
     WHERE cluster_id = $1 AND id <> ALL ($2)
       AND (observed_state IS NOT NULL AND state <> 'AVAILABLE'
            OR state = 'AVAILABLE' AND acknowledged_at < $3 AND (expires_at IS NULL OR expires_at > clock_timestamp()))
     RETURNING id`,
    [poll.clusterId, ours.map(({ id }) => id), poll.startedAt],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: [...seen.rows, ...gone.rows].map((row) => row.id) })
  return seen.rows.filter(({ state }) => state === 'DELETED' || state === 'FAILED').map((row) => row.id)
}
