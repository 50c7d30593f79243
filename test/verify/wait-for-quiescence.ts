import type pg from 'pg'
import { waitUntil } from '../testkit/wait-until.ts'

/** Work that goes on, promises that no inventory contains yet (but of what is MISSING), and reports that an inventory has yet to confirm. */
const UNDER_WAY = `SELECT
  (SELECT count(*) FROM volume JOIN cluster ON cluster.id = cluster_id WHERE detached_at IS NULL AND (
     state IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING')
     OR state IN ('DELETED', 'FAILED') AND observed_bytes > 0)) AS volumes,
  (SELECT count(*) FROM snapshot WHERE state IN ('CREATING', 'DELETING')) AS snapshots,
  (SELECT count(*) FROM operation LEFT JOIN snapshot ON snapshot.id = snapshot_id
   WHERE operation.state IN ('PENDING', 'RUNNING') AND kind <> 'DRAIN_CLUSTER' AND snapshot.state IS DISTINCT FROM 'LINGERING'
  ) AS operations,
  (SELECT coalesce(sum(pending_bytes), 0)::bigint FROM cluster_capacity)
  - (SELECT coalesce(sum(size_bytes * replicas), 0)::bigint FROM volume WHERE state = 'MISSING') AS pending_bytes,
  (SELECT count(*) FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id
   WHERE detached_at IS NULL AND provisioned_bytes <> reported_bytes) AS clusters_behind`

/**
 * Waits until nothing is under way and everything that was promised has been seen on its cluster.
 *
 * @param provisionedBytes what each cluster has in truth, by name; looked at when the records are at rest
 * @throws Error with what was still under way, when that takes longer
 */
export async function waitForQuiescence(
  pool: pg.Pool,
  provisionedBytes: () => Promise<ReadonlyMap<string, bigint>> | ReadonlyMap<string, bigint>,
  timeoutMs: number,
): Promise<void> {
  let last = 'nothing was answered'
  const isAtRest = async (): Promise<boolean> => {
    const { rows } = await pool.query<Record<string, bigint>>(UNDER_WAY)
    const busy = Object.entries(rows[0] ?? {}).filter(([, count]) => count !== 0n)
    last = busy.map(([what, count]) => `${what} ${count}`).join(', ')
    if (busy.length > 0) return false
    const { rows: recorded } = await pool.query<{ name: string; bytes: bigint }>(
      `SELECT name, provisioned_bytes AS bytes FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id
       WHERE detached_at IS NULL`,
    )
    const truth = await provisionedBytes()
    const behind = recorded.filter(({ name, bytes }) => truth.get(name) !== bytes)
    last = behind.map(({ name }) => `${name} has other provisioned bytes than are recorded`).join(', ')
    return behind.length === 0
  }
  await waitUntil('nothing to be under way', isAtRest, timeoutMs).catch((error: Error) => {
    throw new Error(`${error.message}: ${last}`, { cause: error })
  })
}
