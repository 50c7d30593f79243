import type { ClusterAdminState, ClusterConnectionState, ClusterHealth } from '../clusters/cluster.ts'
import type { ClusterId } from '../identity/ids.ts'

/** A cluster as placement sees it, at one moment. Figures are null until the first observation. */
export interface Candidate {
  readonly clusterId: ClusterId
  readonly clusterName: string
  readonly adminState: ClusterAdminState
  readonly connection: ClusterConnectionState
  readonly health: ClusterHealth
  readonly figures: CandidateFigures | null
}

export interface CandidateFigures {
  readonly provisionedBytes: bigint
  readonly pendingBytes: bigint
  readonly effectiveBytes: bigint
  readonly freeBytes: bigint
  readonly maxReplicas: number
  /** Milliseconds since the epoch. */
  readonly observedAtMs: number
}
