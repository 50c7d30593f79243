import type { ClusterId } from '@flotilla/core/identity/ids'
import type { ClusterStatistics } from '@flotilla/core/ports/cluster-driver'
import type { Database } from '../database/connect.ts'
import { prepared } from '../database/prepared.ts'
import type { BegunPoll } from './begun-poll.ts'

/** A poll without an inventory, of a cluster that answered the last one as well. */
export interface QuietPoll {
  readonly poll: BegunPoll
  readonly statistics: ClusterStatistics
}

/** A row that somebody holds is passed over, so that nobody waits here while holding others. */
const APPLY = prepared(`WITH seen AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS row(
      cluster_id text, access_revision int, sequence bigint, observed_at timestamptz, backend_id text, version text,
      health text, health_message text, nodes jsonb, data_path jsonb, effective_bytes bigint, used_bytes bigint,
      free_bytes bigint, reported_bytes bigint, max_replicas int)),
  quiet AS MATERIALIZED (
    SELECT seen.* FROM seen
      JOIN cluster ON cluster.id = seen.cluster_id
      JOIN cluster_capacity AS capacity ON capacity.cluster_id = seen.cluster_id
    WHERE cluster.detached_at IS NULL AND cluster.access_revision = seen.access_revision
      AND cluster.connection = 'CONNECTED' AND cluster.poll_failures = 0
      AND cluster.backend_id = seen.backend_id AND cluster.version IS NOT DISTINCT FROM seen.version
      AND cluster.health = seen.health AND cluster.health_message IS NOT DISTINCT FROM seen.health_message
      AND cluster.nodes = seen.nodes AND cluster.data_path IS NOT DISTINCT FROM seen.data_path
      AND cluster.ended_sequence < seen.sequence AND capacity.sequence < seen.sequence AND capacity.reported_bytes = seen.reported_bytes
    FOR SHARE OF cluster SKIP LOCKED FOR NO KEY UPDATE OF capacity SKIP LOCKED),
  figures AS (
    UPDATE cluster_capacity AS capacity SET
      effective_bytes = quiet.effective_bytes, used_bytes = quiet.used_bytes, free_bytes = quiet.free_bytes,
      max_replicas = quiet.max_replicas, observed_at = quiet.observed_at, sequence = quiet.sequence,
      provisioned_ratio = (provisioned_bytes + pending_bytes)::float8 / nullif(quiet.effective_bytes, 0)
    FROM quiet WHERE capacity.cluster_id = quiet.cluster_id
    RETURNING capacity.cluster_id, capacity.sequence),
  logged AS (INSERT INTO event (kind, subject_id) SELECT 'CLUSTER_CHANGED', cluster_id FROM figures)
  SELECT cluster_id, sequence FROM figures`)

/**
 * Writes the figures and ages of polls that found nothing else, in one statement for all of them: each as if it had been
 * applied alone, or not at all. Not at all: where the cluster's records differ by more than figures, are not those that
 * the poll began with, know a later poll, or are held by somebody else at this moment.
 *
 * @returns for each poll whether it was written; the others are to be applied one by one
 */
export async function applyQuiet(
  database: Database,
  polls: readonly QuietPoll[],
): Promise<readonly boolean[]> {
  const { rows } = await database.pool.query<{ cluster_id: ClusterId; sequence: bigint }>(
    APPLY([JSON.stringify(polls.map(toRow))]),
  )
  const written = new Map(rows.map((row) => [row.cluster_id, row.sequence]))
  return polls.map(({ poll }) => written.get(poll.clusterId) === poll.sequence)
}

function toRow({ poll, statistics }: QuietPoll): object {
  return {
    cluster_id: poll.clusterId,
    access_revision: poll.accessRevision,
    sequence: poll.sequence.toString(),
    observed_at: poll.startedAt,
    backend_id: statistics.identity.backendId,
    version: statistics.identity.version,
    health: statistics.health,
    health_message: statistics.healthMessage,
    nodes: statistics.nodes,
    data_path: statistics.dataPath,
    effective_bytes: statistics.effectiveBytes.toString(),
    used_bytes: statistics.usedBytes.toString(),
    free_bytes: statistics.freeBytes.toString(),
    reported_bytes: statistics.provisionedBytes.toString(),
    max_replicas: statistics.maxReplicas,
  }
}
