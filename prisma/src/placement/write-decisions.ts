import type { DecidedRequest } from '@flotilla/core/placement/decide-batch'
import type { Groups } from '@flotilla/core/placement/group-counts'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'
import { v7 } from 'uuid'
import type { Snapshot } from './read-snapshot.ts'
import { toStored } from './stored-candidates.ts'
import { toStoredGroups } from './stored-groups.ts'

/** What a batch saw before its first decision. */
export interface BatchRecord extends Pick<Snapshot, 'candidates' | 'now'> {
  readonly policy: PlacementPolicy
  readonly groups: Groups
}

/** Writes the record of one batch: what it saw, and each decision in order. */
export async function writeDecisions(
  client: pg.ClientBase,
  { candidates, now, policy, groups }: BatchRecord,
  decided: readonly DecidedRequest[],
): Promise<void> {
  if (decided.length === 0) return
  const batchId = v7()
  const rows = decided.map(({ request, decision }, position) => ({
    id: decision.id,
    hop: decision.hop,
    position,
    volume_id: request.volumeId,
    size_bytes: request.sizeBytes.toString(),
    replicas: request.replicas,
    excluded_cluster_ids: request.excludedClusterIds,
    grows_on: request.growsOn,
    pinned_to: request.pinnedTo,
    placement_group: request.group,
    cluster_id: decision.clusterId,
  }))
  await client.query(
    `WITH batch AS (
       INSERT INTO placement_batch (id, candidates, policy, groups, decided_at)
       VALUES ($1, $2::jsonb, $3::jsonb, $8::jsonb, $4) RETURNING id)
     INSERT INTO placement_decision (id, hop, batch_id, position, volume_id, size_bytes, replicas,
                                     excluded_cluster_ids, grows_on, pinned_to, placement_group, policy_name, policy_revision,
                                     cluster_id, decided_at)
     SELECT row.id, hop, batch.id, position, volume_id, size_bytes, replicas,
            excluded_cluster_ids, grows_on, pinned_to, placement_group, $5, $6, cluster_id, $4
     FROM batch, jsonb_to_recordset($7::jsonb) AS row(
       id text, hop int, position int, volume_id text, size_bytes bigint, replicas int,
       excluded_cluster_ids text[], grows_on text, pinned_to text, placement_group text, cluster_id text)`,
    [
      batchId,
      toStored(candidates),
      toStored(policy),
      now,
      policy.name,
      policy.revision,
      JSON.stringify(rows),
      toStoredGroups(groups),
    ],
  )
}
