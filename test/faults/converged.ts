import type { Stack } from '../testkit/stack.ts'
import { checkConvergence } from '../verify/check-convergence.ts'
import { readRecords } from '../verify/read-records.ts'
import { readTruth } from '../verify/read-truth.ts'
import { simulated } from './clusters.ts'

interface LastObservation {
  readonly sequence: bigint
  /** Whether nothing is under way on the cluster, and this observation has all that it was promised. */
  readonly isAtRest: boolean
}

export async function lastObservation(stack: Stack, index: number): Promise<LastObservation> {
  const cluster = simulated(stack, index)
  const { rows } = await stack.sql.query<LastObservation>(
    `SELECT sequence, pending_bytes = 0 AND provisioned_bytes = $2 AND NOT EXISTS (
              SELECT 1 FROM volume WHERE volume.cluster_id = cluster.id
                AND state IN ('CREATING', 'RESIZING', 'UPDATING', 'RESTORING', 'DELETING')) AS "isAtRest"
     FROM cluster JOIN cluster_capacity ON cluster_capacity.cluster_id = cluster.id WHERE name = $1`,
    [cluster.name, cluster.provisionedBytes()],
  )
  if (!rows[0]) throw new Error(`${cluster.name} has never been observed`)
  return rows[0]
}

/** What the checker finds otherwise on one cluster than in its records; the rest of the fleet may be at work. */
export async function differencesOf(stack: Stack, index: number): Promise<readonly string[]> {
  const { name } = simulated(stack, index)
  const records = await readRecords(stack.sql)
  const clusters = records.clusters.filter((each) => each.name === name)
  const volumes = records.volumes.filter(({ clusterId }) => clusterId === clusters[0]?.id)
  const truth = (await readTruth(stack.fleet.controlUrl)).filter((each) => each.name === name)
  const own = { ...records, clusters, volumes, snapshots: [] }
  return checkConvergence({ records: own, truth, history: [] }).faults
}
