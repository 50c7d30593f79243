import type { Ratio } from '@flotilla/core/units/ratio'
import type { Checked, Facts } from './facts.ts'
import { clusterNames } from './our-volumes.ts'
import type { ClusterTruth } from './truth.ts'

/**
 * Rule 3, beside the decisions: no commit raised a cluster's promised bytes past the largest limit of any policy, and no
 * client made a cluster go past it, by what the cluster itself remembers. Out-of-band growth is excepted.
 *
 * @param limit the largest of the policies in use
 */
export function checkNeverOver({ records, truth }: Facts, limit: Ratio): Checked {
  const nameOf = clusterNames(records)
  const raised = (records.ledgerChanges ?? []).filter((each) => each.pendingBytes > each.pendingBefore)
  return {
    count: raised.length + truth.length,
    faults: [
      ...raised
        .filter(({ promisedBytes, effectiveBytes }) => isPast(limit, promisedBytes, effectiveBytes))
        .map(({ clusterId, transaction, promisedBytes, effectiveBytes }) => {
          return `${nameOf.get(clusterId)} had ${promisedBytes} of ${effectiveBytes} promised after transaction ${transaction}`
        }),
      ...truth.flatMap((cluster) => checkPast(cluster, limit)),
    ],
  }
}

/** Backwards from what it has now. Says nothing of a cluster where others made or grew volumes. */
function checkPast(
  { name, provisionedBytes, effectiveBytes, history }: ClusterTruth,
  limit: Ratio,
): string[] {
  const grown = history.some(({ by, kind }) => by === 'outside' && (kind === 'created' || kind === 'resized'))
  if (grown) return []
  const bytesOf = new Map<string, bigint>()
  let sum = 0n
  let peak = 0n
  for (const { kind, volumeUuid, sizeBytes, replicaCount } of history) {
    const before = bytesOf.get(volumeUuid) ?? (kind === 'created' ? 0n : sizeBytes * BigInt(replicaCount))
    const after = kind === 'gone' || kind === 'failed' ? 0n : sizeBytes * BigInt(replicaCount)
    bytesOf.set(volumeUuid, after)
    sum += after - before
    if (sum > peak) peak = sum
  }
  const most = provisionedBytes - sum + peak
  return isPast(limit, most, effectiveBytes) ? [`${name} had ${most} of ${effectiveBytes} provisioned`] : []
}

function isPast({ numerator, denominator }: Ratio, bytes: bigint, effectiveBytes: bigint): boolean {
  return bytes * denominator > numerator * effectiveBytes
}
