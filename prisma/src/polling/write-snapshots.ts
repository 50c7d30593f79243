import type { SnapshotId } from '@flotilla/core/identity/ids'
import type { BackendSnapshot } from '@flotilla/core/snapshots/backend-snapshot'
import type { SnapshotState } from '@flotilla/core/snapshots/snapshot'
import { idOfBackendName } from '@flotilla/core/volumes/backend-name'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import type { BegunPoll } from './begun-poll.ts'

export interface NamedSnapshot {
  readonly id: SnapshotId
  readonly backend_id: string
  readonly volume_id: string
  readonly state: BackendSnapshot['state']
}

export interface MatchedSnapshots {
  readonly ours: readonly NamedSnapshot[]
  /** Those that only have names like ours and stay, counted by the cluster's id of their volume. */
  readonly foreign: ReadonlyMap<string, number>
}

/** A cluster counts a retention from when it took the snapshot, which may be long before we heard of it; never before it was asked for. */
const MAY_STAY = `coalesce(least(expires_at, created_at + make_interval(secs => retention_seconds)) > clock_timestamp(), true)`

const LISTED = preparedWrite(`UPDATE snapshot SET observed_state = seen.state, observed_at = $3,
         backend_id = coalesce(snapshot.backend_id, seen.backend_id),
         state = CASE snapshot.state WHEN 'MISSING' THEN 'AVAILABLE' ELSE snapshot.state END,
         next_reconcile_at = CASE WHEN snapshot.state IN ('DELETED', 'FAILED') THEN $3 ELSE next_reconcile_at END
  FROM jsonb_to_recordset($2::jsonb) AS seen(id text, backend_id text, state text)
  WHERE snapshot.id = seen.id AND snapshot.cluster_id = $1
    AND (observed_state, snapshot.state = 'MISSING') IS DISTINCT FROM (seen.state, false)
  RETURNING snapshot.id, snapshot.state`)

const NOT_LISTED = preparedWrite(`UPDATE snapshot SET observed_state = NULL, observed_at = $3,
         state = CASE state WHEN 'AVAILABLE' THEN 'MISSING' WHEN 'MISSING' THEN 'DELETED' ELSE state END,
         deleted_at = CASE state WHEN 'MISSING' THEN clock_timestamp() ELSE deleted_at END,
         next_reconcile_at = CASE state WHEN 'LINGERING' THEN clock_timestamp() ELSE next_reconcile_at END
  WHERE cluster_id = $1 AND id <> ALL ($2)
    AND (observed_state IS NOT NULL AND state NOT IN ('AVAILABLE', 'MISSING') OR state = 'LINGERING'
         OR state = 'AVAILABLE' AND acknowledged_at < $3 AND ${MAY_STAY}
         OR state = 'MISSING' AND expires_at <= clock_timestamp())
  RETURNING id, state`)

/**
 * Writes what a poll saw of our snapshots, by difference, and answers which deleted or failed ones the cluster still (or again) has. They take no promised
 * bytes; but the ledger row must be locked, and their volumes before them: whoever ends a clone holds both when it wakes the source. One
 * that is not listed is MISSING, but for what was acknowledged since the poll began and what its cluster may have let go
 * by itself; whatever is MISSING when its time is over is DELETED, as if it had been kept until then. One that lingers and is not listed is due
 * at once, whoever held it.
 */
export async function writeSnapshots(
  client: pg.ClientBase,
  poll: BegunPoll,
  ours: readonly NamedSnapshot[],
): Promise<readonly SnapshotId[]> {
  const write = (statement: ReturnType<typeof prepared>, snapshots: unknown) =>
    client.query<{ id: SnapshotId; state: SnapshotState }>(
      statement([poll.clusterId, snapshots, poll.startedAt]),
    )
  const [listed] = await Promise.all([
    write(LISTED, JSON.stringify(ours)),
    write(
      NOT_LISTED,
      ours.map(({ id }) => id),
    ),
  ])
  return listed.rows.filter(({ state }) => state === 'DELETED' || state === 'FAILED').map(({ id }) => id)
}

function preparedWrite(statement: string) {
  return prepared(
    `WITH written AS (${statement}),
       told AS (INSERT INTO event (kind, subject_id) SELECT 'SNAPSHOT_CHANGED', id FROM written)
     SELECT id, state FROM written`,
  )
}

/** Tells ours in an inventory from what only has names like ours. */
export async function matchSnapshots(
  client: pg.ClientBase,
  poll: BegunPoll,
  snapshots: readonly BackendSnapshot[],
): Promise<MatchedSnapshots> {
  const named = snapshots.flatMap(({ name, backendId, volumeId, state }): NamedSnapshot[] => {
    const id = idOfBackendName('Snapshot', name)
    return id && state !== 'FAILED' ? [{ id, backend_id: backendId, volume_id: volumeId, state }] : []
  })
  const owned = await readOwned(client, poll, named)
  const foreign = named.filter((each) => !owned.has(each.backend_id) && each.state !== 'DELETING')
  const byVolume = Map.groupBy(foreign, (each) => each.volume_id)
  return {
    ours: named.filter((each) => owned.has(each.backend_id)),
    foreign: new Map([...byVolume].map(([volumeId, each]) => [volumeId, each.length])),
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
