import type { Checked, Facts } from './facts.ts'
import { GONE } from './our-volumes.ts'
import type { VolumeRow } from './records.ts'

/**
 * Rule 4: each cluster's pending bytes are what its volumes owe beyond the last inventory; at rest nothing is pending but
 * what is MISSING and may come back, and what counts as provisioned is the cluster's truth byte for byte.
 */
export function checkLedger({ records, truth }: Facts): Checked {
  const members = records.clusters.filter(({ detachedAt }) => !detachedAt)
  const owed = sumByCluster(records.volumes)
  const missing = sumByCluster(records.volumes.filter(({ state }) => state === 'MISSING'))
  const faults = members.flatMap(({ id, name, capacity }) => {
    const cluster = truth.find((each) => each.name === name)
    if (!cluster) return [`${name} is a member of the fleet and unknown to the simulator`]
    if (!capacity) return [`${name} has no ledger row`]
    const { pendingBytes, provisionedBytes } = capacity
    return [
      ...(pendingBytes === (owed.get(id) ?? 0n)
        ? []
        : [`${name} has ${pendingBytes} pending, its volumes owe ${owed.get(id) ?? 0n}`]),
      ...(pendingBytes === (missing.get(id) ?? 0n)
        ? []
        : [`${name} still has ${pendingBytes - (missing.get(id) ?? 0n)} pending`]),
      ...(provisionedBytes === cluster.provisionedBytes
        ? []
        : [`${name} is recorded with ${provisionedBytes} provisioned, it has ${cluster.provisionedBytes}`]),
    ]
  })
  return { count: members.length, faults }
}

function sumByCluster(volumes: readonly VolumeRow[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const volume of volumes) {
    sums.set(volume.clusterId, (sums.get(volume.clusterId) ?? 0n) + owedBytes(volume))
  }
  return sums
}

function owedBytes({ state, sizeBytes, replicas, observedBytes }: VolumeRow): bigint {
  const owed = sizeBytes * BigInt(replicas) - observedBytes
  return GONE.includes(state) || owed < 0n ? 0n : owed
}
