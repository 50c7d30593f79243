import type { Ratio } from '@flotilla/core/units/ratio'
import type { SimulatedCluster } from '@flotilla/simulator/simulated-cluster'
import type { Stack } from '../testkit/stack.ts'
import type { RecordedVolume } from './records.ts'

/** Whether a cluster is past the limit: in the ledger now, or at any instant by what the cluster itself remembers. */
export async function checkLimits(
  { sql, fleet }: Stack,
  volumes: readonly RecordedVolume[],
  limit: Ratio,
): Promise<string[]> {
  const { rows } = await sql.query<{ name: string; promised: bigint; effective: bigint }>(
    `SELECT name, provisioned_bytes + pending_bytes AS promised, effective_bytes AS effective
     FROM cluster_capacity JOIN cluster ON cluster.id = cluster_id`,
  )
  const replicas = new Map(volumes.map((volume) => [volume.backendName, BigInt(volume.replicas)]))
  return [
    ...rows
      .filter(({ promised, effective }) => isPast(limit, promised, effective))
      .map(({ name, promised }) => `${name} is past its limit in the ledger, with ${promised}`),
    ...fleet.clusters
      .map((cluster) => ({ cluster, peak: peakOf(cluster, replicas) }))
      .filter(({ cluster, peak }) => isPast(limit, peak, cluster.effectivePhysicalBytes))
      .map(({ cluster, peak }) => `${cluster.name} was past its limit, with ${peak} bytes of our volumes`),
  ]
}

/** The most that our volumes took at once. */
function peakOf(cluster: SimulatedCluster, replicas: ReadonlyMap<string, bigint>): bigint {
  let present = 0n
  let peak = 0n
  for (const { kind, volumeName, sizeBytes } of cluster.history()) {
    const bytes = sizeBytes * (replicas.get(volumeName) ?? 0n)
    if (kind === 'created') present += bytes
    if (kind === 'gone') present -= bytes
    if (present > peak) peak = present
  }
  return peak
}

function isPast({ numerator, denominator }: Ratio, bytes: bigint, effective: bigint): boolean {
  return bytes * denominator > numerator * effective
}
