import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import { owedBytes } from '@flotilla/core/volumes/owed-bytes'
import type { SettledVolume } from '@flotilla/core/volumes/settled-volume'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'

/** A volume's record before and after what became of it. */
export interface Discharge {
  readonly volume: { readonly volumeId: VolumeId; readonly clusterId: ClusterId }
  readonly before: SettledVolume
  readonly after: SettledVolume
}

/**
 * Writes settled volumes, gives their leases back, and takes what they no longer promise out of their clusters' pending bytes. The
 * rows of both must be locked. Sends all at once, as the other writers of a settlement do.
 *
 * @param andWith further assignments of the volumes' columns, each after a comma
 */
export async function discharge(
  client: pg.ClientBase,
  discharges: readonly Discharge[],
  andWith = '',
): Promise<void> {
  const rows = discharges.map(({ volume, before, after }) => ({
    id: volume.volumeId,
    cluster_id: volume.clusterId,
    state: after.state,
    size_bytes: String(after.sizeBytes),
    shrink_to_bytes: after.shrinkToBytes === null ? null : String(after.shrinkToBytes),
    observed_bytes: String(after.observedBytes),
    compression: after.compression,
    qos_policy: after.qosPolicy,
    labels: after.labels,
    former_properties: after.formerProperties,
    freed_bytes: String(owedBytes(before) - owedBytes(after)),
  }))
  const writing = client.query(
    `WITH after AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS row(id text, cluster_id text, state text, size_bytes bigint, shrink_to_bytes bigint,
         observed_bytes bigint, compression boolean, qos_policy text, labels jsonb, former_properties jsonb, freed_bytes bigint)),
     settled AS (
       UPDATE volume SET state = after.state, size_bytes = after.size_bytes, shrink_to_bytes = after.shrink_to_bytes,
              observed_bytes = after.observed_bytes, compression = after.compression, qos_policy = after.qos_policy,
              labels = after.labels, former_properties = after.former_properties, restore_snapshot_id = NULL, access_change = NULL,
              change_asked_at = NULL, change_taken = false, restore_unknown_at = NULL,
              deleted_at = CASE after.state WHEN 'DELETED' THEN coalesce(deleted_at, clock_timestamp()) END,
              leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1,
              settled_generation = generation${andWith}
       FROM after WHERE volume.id = after.id),
     freed AS (SELECT cluster_id, sum(freed_bytes)::bigint AS bytes FROM after GROUP BY cluster_id)
     UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes - freed.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes - freed.bytes)::float8 / nullif(effective_bytes, 0)
     FROM freed WHERE capacity.cluster_id = freed.cluster_id`,
    [JSON.stringify(rows)],
  )
  const clusterIds = new Set(discharges.map(({ volume }) => volume.clusterId))
  await Promise.all([writing, appendEvents(client, { CLUSTER_CHANGED: [...clusterIds] })])
}
