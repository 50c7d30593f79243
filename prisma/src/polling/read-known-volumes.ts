import type { ClusterId } from '@flotilla/core/identity/ids'
import type { KnownVolumes } from '@flotilla/core/polling/compact-volumes'
import type { Database } from '../database/connect.ts'

/** By the cluster's ids: our volumes there, and foreign ones that findings tell of. */
export async function readKnownVolumes({ pool }: Database, clusterId: ClusterId): Promise<KnownVolumes> {
  const { rows } = await pool.query<{ backend_id: string; is_own: boolean }>(
    `SELECT backend_id, true AS is_own FROM volume
     WHERE cluster_id = $1 AND state NOT IN ('DELETED', 'FAILED', 'CREATING') AND backend_id IS NOT NULL
     UNION ALL SELECT subject, false FROM finding WHERE cluster_id = $1 AND kind = 'FOREIGN' AND state <> 'RESOLVED'`,
    [clusterId],
  )
  const idsOf = (isOwn: boolean) => rows.filter((row) => row.is_own === isOwn).map((row) => row.backend_id)
  return { own: new Set(idsOf(true)), foreign: new Set(idsOf(false)) }
}
