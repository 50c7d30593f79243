import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import type { BegunPoll } from './begun-poll.ts'

export interface WrittenSnapshots {
  /** Deleted or failed ones that the cluster still (or again) has; they are to be reconciled. */
  readonly leftovers: readonly SnapshotId[]
  /** Those that only have names like ours and stay, counted by the cluster's id of their volume. */
  readonly foreign: ReadonlyMap<string, number>
}

interface NamedSnapshot {
  readonly id: SnapshotId
  readonly backend_id: string
  readonly volume_id: string
  readonly state: BackendSnapshot['state']
}

/** A cluster counts a retention from when it took the snapshot, which may be long before we heard of it; never before it was asked for. */
const MAY_STAY = `coalesce(least(expires_at, created_at + make_interval(secs => retention_seconds)) > clock_timestamp(), true)`

/**
 * Writes what a poll saw of our snapshots, by difference. They take no promised bytes, so the ledger has no part in it. One
 * that is not listed is MISSING, but for what was acknowledged since the poll began and what its cluster may have let go
 * by itself; whatever is MISSING when its time is over is DELETED, as if it had been kept until then.
 */
export async function writeSnapshots(
  client: pg.ClientBase,
  poll: BegunPoll,
  snapshots: readonly BackendSnapshot[],
): Promise<WrittenSnapshots> {
  const named = snapshots.flatMap(({ name, backendId, volumeId, state }): NamedSnapshot[] => {
    const id = idOfBackendName('Snapshot', name)
    return id && state !== 'FAILED' ? [{ id, backend_id: backendId, volume_id: volumeId, state }] : []
  })
  const owned = await readOwned(client, poll, named)
  const ours = named.filter((each) => owned.has(each.backend_id))
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
            state = CASE state WHEN 'AVAILABLE' THEN 'MISSING' WHEN 'MISSING' THEN 'DELETED' ELSE state END,
            deleted_at = CASE state WHEN 'MISSING' THEN clock_timestamp() ELSE deleted_at END
     WHERE cluster_id = $1 AND id <> ALL ($2)
       AND (observed_state IS NOT NULL AND state NOT IN ('AVAILABLE', 'MISSING')
            OR state = 'AVAILABLE' AND acknowledged_at < $3 AND ${MAY_STAY}
            OR state = 'MISSING' AND expires_at <= clock_timestamp())
     RETURNING id`,
    [poll.clusterId, ours.map(({ id }) => id), poll.startedAt],
  )
  await appendEvents(client, { SNAPSHOT_CHANGED: [...seen.rows, ...gone.rows].map((row) => row.id) })
  const foreign = named.filter((each) => !owned.has(each.backend_id) && each.state !== 'DELETING')
  return {
    leftovers: seen.rows
      .filter(({ state }) => state === 'DELETED' || state === 'FAILED')
      .map((row) => row.id),
    foreign: new Map(
      [...Map.groupBy(foreign, (each) => each.volume_id)].map(([volumeId, each]) => [volumeId, each.length]),
    ),
  }
}

/** The cluster's ids of those that are the ones on record; as `isOwnSnapshot`, and of no volume that was forgotten. */
async function readOwned(
  client: pg.ClientBase,
  poll: BegunPoll,
  named: readonly NamedSnapshot[],
): Promise<ReadonlySet<string>> {
  if (named.length === 0) return new Set()
  const { rows } = await client.query<{ backend_id: string }>(
    `SELECT seen.backend_id
     FROM jsonb_to_recordset($2::jsonb) AS seen(id text, backend_id text, volume_id text)
       JOIN snapshot ON snapshot.id = seen.id JOIN volume ON volume.id = snapshot.volume_id
     WHERE snapshot.cluster_id = $1 AND volume.forgotten_at IS NULL
       AND coalesce(snapshot.backend_id = seen.backend_id, volume.backend_id = seen.volume_id, true)`,
    [poll.clusterId, JSON.stringify(named)],
  )
  return new Set(rows.map((row) => row.backend_id))
}
