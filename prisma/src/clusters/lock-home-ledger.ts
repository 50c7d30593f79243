import type { VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'

/** As `lockLedger`, for the cluster that a volume is on; call it before the volume itself is locked. */
export async function lockHomeLedger(client: pg.ClientBase, volumeId: VolumeId): Promise<void> {
  await client.query(
    'SELECT 1 FROM cluster_capacity WHERE cluster_id = (SELECT cluster_id FROM volume WHERE id = $1) FOR UPDATE',
    [volumeId],
  )
}
