import type { FleetTotals } from '@flotilla/core/clusters/cluster-capacity'
import type pg from 'pg'

/** Sums over the members; a sum over nothing is null, because nothing is known. */
export async function readFleetTotals(pool: pg.Pool): Promise<FleetTotals> {
  const { rows } = await pool.query<FleetTotals>(
    `SELECT count(*)::int AS "clusterCount",
            count(*) FILTER (WHERE connection = 'CONNECTED')::int AS "connectedClusterCount",
            count(capacity.cluster_id)::int AS "observedClusterCount",
            (SELECT count(*)::int FROM volume WHERE state NOT IN ('DELETED', 'FAILED')) AS "volumeCount",
            sum(provisioned_bytes)::bigint AS "provisionedBytes",
            sum(pending_bytes)::bigint AS "pendingBytes",
            sum(effective_bytes)::bigint AS "effectiveBytes",
            sum(used_bytes)::bigint AS "usedBytes",
            sum(free_bytes)::bigint AS "freeBytes",
            min(observed_at) AS "oldestObservedAt"
     FROM cluster LEFT JOIN cluster_capacity AS capacity ON capacity.cluster_id = cluster.id
     WHERE detached_at IS NULL`,
  )
  const [totals] = rows
  if (!totals) throw new Error('an aggregate answered no row')
  return totals
}
