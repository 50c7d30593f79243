import type { ClusterId, VolumeId } from '@flotilla/core/identity/ids'
import type pg from 'pg'
import { appendEvents } from '../events/append-events.ts'
import { GONE } from './gone.ts'

/**
 * Applies `assignments` to the volume and takes what it no longer promises out of its cluster's pending bytes: exactly
 * the difference of its charge, max(0, size x replicas - observed) while it is charged at all. Both rows must be locked.
 */
export async function discharge(
  client: pg.ClientBase,
  { volumeId, clusterId }: { readonly volumeId: VolumeId; readonly clusterId: ClusterId },
  assignments: string,
): Promise<void> {
  await client.query(
    `WITH before AS (SELECT ${CHARGE} AS bytes FROM volume WHERE id = $1),
          after AS (
            UPDATE volume SET ${assignments}, leased_until = NULL, updated_at = clock_timestamp(), revision = revision + 1
            WHERE id = $1 RETURNING ${CHARGE} AS bytes)
     UPDATE cluster_capacity AS capacity
     SET pending_bytes = pending_bytes - before.bytes + after.bytes,
         provisioned_ratio = (provisioned_bytes + pending_bytes - before.bytes + after.bytes)::float8
                             / nullif(effective_bytes, 0)
     FROM before, after WHERE cluster_id = $2`,
    [volumeId, clusterId],
  )
  await appendEvents(client, { CLUSTER_CHANGED: [clusterId] })
}

const CHARGE = `CASE WHEN state IN ${GONE} THEN 0
                     ELSE greatest(0, size_bytes * replicas - observed_bytes) END`
