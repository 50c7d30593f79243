import type { ClusterStatistics } from '../ports/cluster-driver.ts'
import type { BackendSnapshot } from '../snapshots/backend-snapshot.ts'
import type { BackendVolume } from '../volumes/backend-volume.ts'

/** What a cluster holds: the volumes of all projects, and the snapshots in those projects where ours are. */
export interface Inventory {
  readonly volumes: readonly BackendVolume[]
  /** Those with names of our making. */
  readonly snapshots: readonly BackendSnapshot[]
  /** How many others the listed volumes have that stay, by the cluster's id of the volume; absent for none. */
  readonly foreignSnapshots: ReadonlyMap<string, number>
  /** Of which volume each listed snapshot is that volumes began as copies of; by the cluster's ids. */
  readonly sources: ReadonlyMap<string, string>
  /** Foreign volumes beyond those that are listed one by one. */
  readonly further: FurtherVolumes
}

export interface FurtherVolumes {
  readonly count: number
  readonly provisionedBytes: bigint
  /** How many of them began as copies of a snapshot of ours, by the cluster's id of the snapshot. */
  readonly clones: ReadonlyMap<string, number>
}

/** What one poll saw of a cluster. The inventory is read before the statistics, or not at all. */
export interface Observation {
  readonly statistics: ClusterStatistics
  readonly inventory: Inventory | null
  /** Whether one was called for and had no place: then the next poll has to read it, whatever is reported to it. */
  readonly isInventoryOwed: boolean
  /** Name of the key of ours that the cluster accepted; null where it was given a token. */
  readonly acceptedKeyId: string | null
}

/** A volume's share of its cluster's provisioned bytes; a failed husk takes none. */
export function provisionedShare(volume: BackendVolume): bigint {
  return volume.state === 'FAILED' ? 0n : volume.sizeBytes * BigInt(volume.replicas)
}
