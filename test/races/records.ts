import type { ClusterId, DecisionId, VolumeId } from '@flotilla/core/identity/ids'
import type { Candidate } from '@flotilla/core/placement/candidate'
import type { Groups } from '@flotilla/core/placement/group-counts'
import type { PlacementRequest } from '@flotilla/core/placement/placement-request'
import type { PlacementPolicy } from '@flotilla/core/policies/policy'

/** What a placement transaction saw and decided, as it stands in the records. */
export interface RecordedBatch {
  readonly id: string
  readonly decidedAtMs: number
  readonly policy: PlacementPolicy
  readonly candidates: readonly Candidate[]
  /** Who was where already, of the groups that were asked for. */
  readonly groups: Groups
  /** In the order they were taken. */
  readonly decisions: readonly RecordedDecision[]
}

export interface RecordedDecision {
  readonly id: DecisionId
  readonly hop: number
  readonly decidedAtMs: number
  readonly request: PlacementRequest
  /** Null when it was refused. */
  readonly clusterId: ClusterId | null
}

export interface RecordedVolume {
  readonly id: VolumeId
  readonly name: string
  readonly state: string
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly clusterName: string
  readonly decisionId: DecisionId
  readonly backendName: string
  /** When its cluster confirmed that it is gone, or refused it for good; null while its bytes are promised. */
  readonly endedAtMs: number | null
}
