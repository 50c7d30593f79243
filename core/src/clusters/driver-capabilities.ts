/** What a kind of cluster can do (`CLUSTER_KINDS`). The API and the commands ask here, never for a vendor's name. */
export interface DriverCapabilities {
  readonly snapshots: boolean
  /** Volumes that begin as a copy of a snapshot; none without snapshots. */
  readonly clones: boolean
  /** Whether it has QoS policies that a volume can name. */
  readonly qos: boolean
  /** Whether hosts are admitted by NVMe host NQN. */
  readonly hostAccess: 'NQN' | 'NONE'
  /** Whether each volume has its own replica count, or its pool decides. */
  readonly replicas: 'PER_VOLUME' | 'PER_POOL'
  readonly maxReplicas: number
  /** Sizes are whole multiples of it. */
  readonly sizeGranularityBytes: bigint
}
