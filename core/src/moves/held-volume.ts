import type { ClusterId } from '../identity/ids.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import type { RequestUnderPolicy } from '../placement/request-under-policy.ts'
import type { VolumeState } from '../volumes/volume.ts'

/** A volume of ours where it is, with what matters for having it elsewhere. */
export interface HeldVolume extends RequestUnderPolicy {
  /** What it would be asked for as elsewhere; its own cluster is not excluded. */
  readonly request: PlacementRequest
  readonly clusterId: ClusterId
  readonly project: string
  readonly name: string
  readonly state: VolumeState
  readonly compression: boolean
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
  /** The cluster's own UUID for it; null when it is not known yet. */
  readonly backendId: string | null
  /** Snapshots of it that its cluster keeps, those that only linger included. */
  readonly snapshotCount: number
  /** Volumes that began as copies of its snapshots, and are still there. */
  readonly cloneCount: number
  /** Whether it began as a copy of a snapshot that its cluster still keeps. */
  readonly isClone: boolean
  /** Hosts that may use it; null while nobody keeps a record of that, and then the steps ask the operator to look. */
  readonly hostCount: number | null
}
