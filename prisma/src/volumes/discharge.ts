import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { owedBytes } from '@flotilla/core/volumes/owed-bytes'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/**
 * Writes the settled volume, gives its lease back, and takes what it no longer promises out of its cluster's pending bytes. Both
 * rows must be locked.
 *
 * @param andWith further assignments of the volume's columns, each after a comma
 */
export async function discharge(
  client: pg.ClientBase,
  { volumeId, clusterId }: { readonly volumeId: VolumeId; readonly clusterId: ClusterId },
  present: SettledVolume,
  settled: SettledVolume,
  andWith = '',
): Promise<void> {
  await client.query(
    `WITH settled AS (
       UPDATE volume SET state = $3, size_bytes = $4, shrink_to_bytes = $5, observed_bytes = $6, compression = $7, qos_policy = $8,
              labels = $9::jsonb, former_properties = $10::jsonb, restore_snapshot_id = NULL,
              change_asked_at = NULL,
              deleted_at = CASE $3 WHEN 'DELETED' THEN coalesce(deleted_at, clock_timestamp()) END,
              leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1,
              settled_generation = generation${andWith}
       WHERE id = $1)
     UPDATE cluster_capacity
     SET pending_bytes = pending_bytes - $11::bigint,
         provisioned_ratio = (provisioned_bytes + pending_bytes - $11::bigint)::float8 / nullif(effective_bytes, 0)
     WHERE cluster_id = $2`,
    [
      volumeId,
      clusterId,
      settled.state,
      settled.sizeBytes,
      settled.shrinkToBytes,
      settled.observedBytes,
      settled.compression,
      settled.qosPolicy,
      JSON.stringify(settled.labels),
      settled.formerProperties && JSON.stringify(settled.formerProperties),
      owedBytes(present) - owedBytes(settled),
    ],
  )
  await appendEvents(client, { CLUSTER_CHANGED: [clusterId] })
}
