import type { VolumeId } from '@flotilla/core/identity/ids'
import type { PlacementRecords } from '@flotilla/core/ports/placement-records'
import type { Database } from '../database/connect.ts'
import { inTransaction } from '../database/transaction.ts'
import { readHeldVolumes } from './read-held-volumes.ts'
import { readHistory } from './read-history.ts'
import { readSnapshot } from './read-snapshot.ts'
import { readGroups } from './stored-groups.ts'

interface HeldRow {
  id: VolumeId
  size_bytes: bigint
  replicas: number
  placement_group: string | null
  policy_name: string
}

export function createPlacementRecords({ pool }: Database): PlacementRecords {
  return {
    readHistory: (range) => readHistory(pool, range),

    readFleet: (policy, wanted) =>
      inTransaction(pool, async (client) => {
        const { candidates, now } = await readSnapshot(client, policy)
        return { candidates, groups: await readGroups(client, wanted), nowMs: now.getTime() }
      }),

    readHeldVolumes: (clusterIds, perCluster) => readHeldVolumes(pool, clusterIds, perCluster),

    async readHeld(clusterIds, limit) {
      const { rows } = await pool.query<HeldRow>(
        `SELECT id, size_bytes, replicas, placement_group, policy_name FROM volume
         WHERE cluster_id = ANY ($1) AND state IN ('CREATING', 'AVAILABLE', 'RESIZING', 'UPDATING', 'RESTORING') ORDER BY created_at, id LIMIT $2`,
        [clusterIds, limit],
      )
      return rows.map((row) => ({
        request: {
          volumeId: row.id,
          sizeBytes: row.size_bytes,
          replicas: row.replicas,
          excludedClusterIds: [],
          growsOn: null,
          pinnedTo: null,
          group: row.placement_group,
        },
        policyName: row.policy_name,
      }))
    },
  }
}
