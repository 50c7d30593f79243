import type { VolumeId } from '@flotilla/core/identity/ids'
import { provisionedShare } from '@flotilla/core/polling/observation'
import type { BackendVolume } from '@flotilla/core/ports/cluster-driver'
import { volumeIdOfBackendName } from '@flotilla/core/volumes/backend-name'
import { BACKEND_PROJECT } from '@flotilla/core/volumes/backend-project'
import type { VolumeState } from '@flotilla/core/volumes/volume'
import type pg from 'pg'
import type { BegunPoll } from './poll-store.ts'

export interface WrittenInventory {
  readonly changedIds: readonly VolumeId[]
  /** Deleted or failed volumes that the cluster holds. */
  readonly leftovers: readonly VolumeId[]
  /** Volumes with names of ours that the records do not expect on this cluster. */
  readonly strays: readonly VolumeId[]
  /** How many of the cluster's volumes have a record that says they are there. */
  readonly expectedCount: number
}

interface InventoryRow {
  kind: 'CHANGED' | 'GONE' | 'STRAY'
  id: VolumeId
  state: VolumeState | null
}

/** Writes our volumes by difference, in one statement: placements wait while it runs. The ledger row must be locked. */
export async function writeInventory(
  client: pg.ClientBase,
  poll: BegunPoll,
  inventory: readonly BackendVolume[],
): Promise<WrittenInventory> {
  const ours = inventory.flatMap((volume) => {
    const id = volumeIdOfBackendName(volume.name)
    return id && volume.project === BACKEND_PROJECT && volume.state !== 'FAILED'
      ? [toSeenRow(id, volume)]
      : []
  })
  const { rows } = await client.query<InventoryRow>(
    `WITH seen AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS row(
         id text, backend_id text, size_bytes bigint, bytes bigint, state text, protection text)),
     changed AS (
       UPDATE volume SET
         observed_bytes = seen.bytes, observed_size_bytes = seen.size_bytes, observed_state = seen.state,
         observed_protection = seen.protection, observed_at = $3,
         backend_id = coalesce(volume.backend_id, seen.backend_id),
         state = CASE volume.state WHEN 'MISSING' THEN 'AVAILABLE' ELSE volume.state END,
         next_reconcile_at = CASE WHEN volume.state IN ('DELETED', 'FAILED') THEN $3 ELSE next_reconcile_at END
       FROM seen
       WHERE volume.id = seen.id AND volume.cluster_id = $1
         AND (observed_bytes, observed_size_bytes, observed_state, observed_protection, volume.state = 'MISSING')
             IS DISTINCT FROM (seen.bytes, seen.size_bytes, seen.state, seen.protection, false)
       RETURNING volume.id, volume.state),
     gone AS (
       UPDATE volume SET
         observed_bytes = 0, observed_size_bytes = NULL, observed_state = NULL, observed_protection = NULL,
         observed_at = $3, state = CASE WHEN state = 'AVAILABLE' THEN 'MISSING' ELSE state END
       WHERE cluster_id = $1 AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.id = volume.id)
         AND (observed_bytes > 0 AND state <> 'AVAILABLE' OR state = 'AVAILABLE' AND acknowledged_at < $3)
       RETURNING id)
     SELECT 'CHANGED' AS kind, id, state FROM changed
     UNION ALL SELECT 'GONE', id, NULL FROM gone
     UNION ALL SELECT 'STRAY', id, NULL FROM seen
       WHERE NOT EXISTS (SELECT 1 FROM volume WHERE volume.id = seen.id AND cluster_id = $1)`,
    [poll.clusterId, JSON.stringify(ours), poll.startedAt],
  )
  const idsOf = (matches: (row: InventoryRow) => boolean) => rows.filter(matches).map((row) => row.id)
  const strays = idsOf(({ kind }) => kind === 'STRAY')
  return {
    changedIds: idsOf(({ kind }) => kind !== 'STRAY'),
    leftovers: idsOf(({ state }) => state === 'DELETED' || state === 'FAILED'),
    strays,
    expectedCount: new Set(ours.map(({ id }) => id)).size - new Set(strays).size,
  }
}

function toSeenRow(id: VolumeId, volume: BackendVolume) {
  return {
    id,
    backend_id: volume.backendId,
    size_bytes: volume.sizeBytes.toString(),
    bytes: provisionedShare(volume).toString(),
    state: volume.state,
    protection: volume.protection,
  }
}
