import type { ClusterAdminState, ClusterConnectionState, ClusterHealth } from '../clusters/cluster.ts'
import type { ClusterId } from '../identity/ids.ts'

/** A cluster as placement sees it, at one moment. Figures are null until the first observation. */
export interface Candidate {
  readonly clusterId: ClusterId
  readonly clusterName: string
  readonly adminState: ClusterAdminState
  readonly connection: ClusterConnectionState
  readonly health: ClusterHealth
  readonly labels: Readonly<Record<string, string>>
  /** When it became a member, in milliseconds since the epoch. */
  readonly joinedAtMs: number
  /** What placements within the policy's share window promised to it; 0 when the policy has none. */
  readonly recentBytes: bigint
  readonly figures: CandidateFigures | null
}

export interface CandidateFigures {
  readonly provisionedBytes: bigint
  readonly pendingBytes: bigint
  readonly effectiveBytes: bigint
  readonly freeBytes: bigint
  readonly maxReplicas: number
  /** Volumes on it, ours or not; where the policy limits them, with those that no inventory contains yet. */
  readonly volumeCount: number
  /** Milliseconds since the epoch. */
  readonly observedAtMs: number
}

/** A candidate of which something is known. */
export type ObservedCandidate = Candidate & { readonly figures: CandidateFigures }

export function isObserved(candidate: Candidate): candidate is ObservedCandidate {
  return candidate.figures !== null
}
