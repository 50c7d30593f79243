import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { GONE } from './gone.ts'

export interface HeldVolume {
  readonly id: VolumeId
  readonly clusterId: ClusterId
  readonly backendId: string
}

/** Which volumes on clusters, by the clusters' ids for them, are ours already. */
export async function readHeld(
  client: pg.ClientBase,
  clusterIds: readonly ClusterId[],
  backendIds: readonly string[],
): Promise<readonly HeldVolume[]> {
  if (backendIds.length === 0) return []
  const { rows } = await client.query<HeldVolume>(
    `SELECT id, cluster_id AS "clusterId", backend_id AS "backendId" FROM volume
     WHERE cluster_id = ANY ($1) AND backend_id = ANY ($2) AND state NOT IN ${GONE}`,
    [clusterIds, backendIds],
  )
  return rows
}
