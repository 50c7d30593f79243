import type { ClusterId } from '../identity/ids.ts'

/** What one cluster has, promised and used, in bytes; the ledger's row. Absent until the first observation. */
export interface ClusterCapacity {
  readonly clusterId: ClusterId
  /** Promised: sum of size x replicas of all volumes on the cluster at the last inventory, ours or not. */
  readonly provisionedBytes: bigint
  /** Promised by us and not contained in the last inventory. */
  readonly pendingBytes: bigint
  /** Usable physical storage. */
  readonly effectiveBytes: bigint
  /** Physically written. */
  readonly usedBytes: bigint
  /** Physically free before the cluster turns read-only. */
  readonly freeBytes: bigint
  /** Replicas the cluster can honour now. */
  readonly maxReplicas: number
  /** Volumes on the cluster at the last inventory, and how many of them are not ours. */
  readonly volumeCount: number
  readonly foreignVolumeCount: number
  /** When the request for the statistics was sent. */
  readonly observedAt: Date
  /** When the inventory behind `provisionedBytes` began. */
  readonly inventoryAt: Date
  /** Number of the poll whose figures these are; later polls have higher ones. */
  readonly sequence: bigint
}

/** Figures over the whole fleet: sums, never means of ratios. Null where nothing has been observed. */
export interface FleetTotals {
  readonly clusterCount: number
  readonly connectedClusterCount: number
  readonly observedClusterCount: number
  readonly volumeCount: number
  readonly provisionedBytes: bigint | null
  readonly pendingBytes: bigint | null
  readonly effectiveBytes: bigint | null
  readonly usedBytes: bigint | null
  readonly freeBytes: bigint | null
  /** Age of the oldest figure in the sums. */
  readonly oldestObservedAt: Date | null
}
