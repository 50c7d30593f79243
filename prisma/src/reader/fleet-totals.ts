import type { FleetTotals } from '@flotilla/core/clusters/cluster-capacity'
import type pg from 'pg'
import { GONE } from '../volumes/gone.ts'

type Sums = 'provisionedBytes' | 'pendingBytes' | 'effectiveBytes' | 'usedBytes' | 'freeBytes'
type TotalsRow = Omit<FleetTotals, Sums> & Record<Sums, string | null>

/** Sums over the members, which may exceed 64 bits; a sum over nothing is null, because nothing is known. */
export async function readFleetTotals(pool: pg.Pool): Promise<FleetTotals> {
  const { rows } = await pool.query<TotalsRow>(
    `SELECT count(*)::int AS "clusterCount",
            count(*) FILTER (WHERE connection = 'CONNECTED')::int AS "connectedClusterCount",
            count(capacity.cluster_id)::int AS "observedClusterCount",
            (SELECT count(*)::int FROM volume WHERE state NOT IN ${GONE}) AS "volumeCount",
            sum(provisioned_bytes)::text AS "provisionedBytes",
            sum(pending_bytes)::text AS "pendingBytes",
            sum(effective_bytes)::text AS "effectiveBytes",
            sum(used_bytes)::text AS "usedBytes",
            sum(free_bytes)::text AS "freeBytes",
            min(observed_at) AS "oldestObservedAt"
     FROM cluster LEFT JOIN cluster_capacity AS capacity ON capacity.cluster_id = cluster.id
     WHERE detached_at IS NULL`,
  )
  const [totals] = rows
  if (!totals) throw new Error('an aggregate answered no row')
  return {
    ...totals,
    provisionedBytes: toSum(totals.provisionedBytes),
    pendingBytes: toSum(totals.pendingBytes),
    effectiveBytes: toSum(totals.effectiveBytes),
    usedBytes: toSum(totals.usedBytes),
    freeBytes: toSum(totals.freeBytes),
  }
}

function toSum(text: string | null): bigint | null {
  return text === null ? null : BigInt(text)
}
