import type { BackendVolume, ClusterStatistics } from '../ports/cluster-driver.ts'

/** What one poll saw of a cluster. The inventory is read before the statistics, or not at all. */
export interface Observation {
  readonly statistics: ClusterStatistics
  readonly inventory: readonly BackendVolume[] | null
}

/** A volume's share of its cluster's provisioned bytes; a failed husk takes none. */
export function provisionedShare(volume: BackendVolume): bigint {
  return volume.state === 'FAILED' ? 0n : volume.sizeBytes * BigInt(volume.replicas)
}
