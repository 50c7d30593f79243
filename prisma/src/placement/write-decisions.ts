import type { DecidedRequest } from '@flotilla/core/placement/decide-batch'
import type { Groups } from '@flotilla/core/placement/group-counts'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'
import type pg from 'pg'
import { v7 } from 'uuid'
import type { Snapshot } from './read-snapshot.ts'
import type { RememberedViews } from './remembered-views.ts'
import { toStoredPolicy } from './stored-candidates.ts'
import { toStoredGroups } from './stored-groups.ts'
import { toStoredView } from './stored-view.ts'

/** What a batch saw before its first decision. */
export interface BatchRecord extends Pick<Snapshot, 'candidates' | 'now'> {
  readonly policy: PlacementPolicy
  readonly groups: Groups
}

/**
 * Writes the record of one batch: what it saw, and each decision in order. What it saw is mostly what the batch before
 * it saw, so only the difference from a view is written, and a whole view now and then.
 */
export async function writeDecisions(
  client: pg.ClientBase,
  views: RememberedViews,
  { candidates, now, policy, groups }: BatchRecord,
  decided: readonly DecidedRequest[],
): Promise<void> {
  if (decided.length === 0) return
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
  const batch = [v7(), toStoredGroups(groups), now, policy.name, policy.revision, JSON.stringify(rows)]
  const reference = views.refer(policy, candidates)
  if (reference) {
    const { viewId, changes } = reference
    const { rowCount } = await client.query(`${PRESENT_VIEW} ${RECORD}`, [...batch, changes, viewId])
    if (rowCount === rows.length) return
  }
  const viewId = v7()
  await client.query(`${NEW_VIEW} ${RECORD}`, [
    ...batch,
    null,
    viewId,
    toStoredView(candidates),
    toStoredPolicy(policy),
  ])
  views.remember(policy, candidates, viewId)
}

/** The lock keeps the view until the batch that refers to it is there. No row: it is gone, or never came to be. */
const PRESENT_VIEW = 'WITH view AS (SELECT id FROM placement_view WHERE id = $8 FOR KEY SHARE),'
const NEW_VIEW =
  'WITH view AS (INSERT INTO placement_view (id, fleet, policy) VALUES ($8, $9, $10) RETURNING id),'

const RECORD = `batch AS (
    INSERT INTO placement_batch (id, view_id, changes, groups, decided_at)
    SELECT $1, view.id, $7::json, $2::jsonb, $3 FROM view RETURNING id)
  INSERT INTO placement_decision (id, hop, batch_id, position, volume_id, size_bytes, replicas,
                                  excluded_cluster_ids, grows_on, pinned_to, placement_group, policy_name, policy_revision,
                                  cluster_id, decided_at)
  SELECT row.id, hop, batch.id, position, volume_id, size_bytes, replicas,
         excluded_cluster_ids, grows_on, pinned_to, placement_group, $4, $5, cluster_id, $3
  FROM batch, jsonb_to_recordset($6::jsonb) AS row(
    id text, hop int, position int, volume_id text, size_bytes bigint, replicas int,
    excluded_cluster_ids text[], grows_on text, pinned_to text, placement_group text, cluster_id text)`
