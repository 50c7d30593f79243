import type { VolumeId } from '@flotilla/core/identity/ids'
import type { BackendVolume } from '@flotilla/core/ports/cluster-driver'
import { ownVolumeId } from '@flotilla/core/volumes/own-volume-id'
import type pg from 'pg'
import type { BegunPoll } from './begun-poll.ts'

/** What an inventory has of ours, each once, whatever pages it stood on, and the rest. */
export interface MatchedVolumes {
  readonly ours: ReadonlyMap<VolumeId, BackendVolume>
  readonly foreign: readonly BackendVolume[]
}

/**
 * Tells our volumes in an inventory from others: by the name of our making, and by the cluster's id those that were
 * adopted or renamed. The poll holds its cluster's row, so no adoption comes in between.
 */
export async function matchVolumes(
  client: pg.ClientBase,
  poll: BegunPoll,
  present: readonly BackendVolume[],
): Promise<MatchedVolumes> {
  const named = present.map(ownVolumeId).filter((id) => id !== null)
  const { rows } = await client.query<{ id: VolumeId; backend_id: string }>(
    `SELECT id, backend_id FROM volume
     WHERE cluster_id = $1 AND state NOT IN ('DELETED', 'FAILED', 'CREATING') AND backend_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) AS named(id) WHERE named.id = volume.id)`,
    [poll.clusterId, named],
  )
  const byBackendId = new Map(rows.map((row) => [row.backend_id, row.id]))
  const ours = new Map<VolumeId, BackendVolume>()
  const foreign = new Map<string, BackendVolume>()
  for (const volume of present) {
    const id = byBackendId.get(volume.backendId) ?? ownVolumeId(volume)
    if (id) ours.set(id, volume)
    else foreign.set(volume.backendId, volume)
  }
  return { ours, foreign: [...foreign.values()] }
}
