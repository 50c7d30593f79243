import type { VolumeId } from '@flotilla/core/identity/ids'
import type { BackendVolume } from '@flotilla/core/volumes/backend-volume'
import { ownVolumeId } from '@flotilla/core/volumes/own-volume-id'
import type pg from 'pg'
import { prepared } from '../database/prepared.ts'
import type { BegunPoll } from './begun-poll.ts'

/** What an inventory has of ours, each once, whatever pages it stood on, and the rest. */
export interface MatchedVolumes {
  readonly ours: ReadonlyMap<VolumeId, BackendVolume>
  readonly foreign: readonly BackendVolume[]
}

const BY_ID = prepared(
  `SELECT id, backend_id FROM volume
   WHERE cluster_id = $1 AND state NOT IN ('DELETED', 'FAILED', 'CREATING') AND backend_id IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) AS named(id, backend_id)
                     WHERE named.id = volume.id AND named.backend_id = volume.backend_id)`,
)
const BEARERS = prepared(
  `SELECT named.backend_id FROM unnest($2::text[], $3::text[], $4::text[]) AS named(id, backend_id, project)
     JOIN volume USING (id)
   WHERE cluster_id = $1 AND (coalesce(volume.backend_id <> named.backend_id, create_unknown_at IS NULL)
     OR volume.backend_id IS NULL AND volume.backend_project <> named.project)`,
)

/**
 * Tells our volumes in an inventory from others: by the name of our making, and by the cluster's id those that were
 * adopted or renamed. What has our name but another id than the one on record, is in another project of the cluster, or has a
 * name that the cluster was never asked for, is somebody else's. The poll holds its cluster's row, so no adoption comes in between.
 */
export async function matchVolumes(
  client: pg.ClientBase,
  poll: BegunPoll,
  present: readonly BackendVolume[],
): Promise<MatchedVolumes> {
  const named = present.flatMap((volume) => {
    const id = ownVolumeId(volume)
    return id ? [{ id, backendId: volume.backendId, project: volume.project }] : []
  })
  const parameters = [poll.clusterId, named.map(({ id }) => id), named.map(({ backendId }) => backendId)]
  const projects = named.map(({ project }) => project)
  const [byId, others] = await Promise.all([
    client.query<{ id: VolumeId; backend_id: string }>(BY_ID(parameters)),
    client.query<{ backend_id: string }>(BEARERS([...parameters, projects])),
  ])
  const byBackendId = new Map(byId.rows.map((row) => [row.backend_id, row.id]))
  const bearers = new Set(others.rows.map((row) => row.backend_id))
  const ours = new Map<VolumeId, BackendVolume>()
  const foreign = new Map<string, BackendVolume>()
  for (const volume of present) {
    const id =
      byBackendId.get(volume.backendId) ?? (bearers.has(volume.backendId) ? null : ownVolumeId(volume))
    if (id) ours.set(id, volume)
    else foreign.set(volume.backendId, volume)
  }
  return { ours, foreign: [...foreign.values()] }
}
