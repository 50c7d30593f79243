import type { HostAccess } from '../hosts/host-access.ts'
import type { ClusterId, DecisionId, SnapshotId, VolumeId } from '../identity/ids.ts'

export const VOLUME_STATES = [
  'CREATING',
  'AVAILABLE',
  'RESIZING',
  'UPDATING',
  'RESTORING',
  'DELETING',
  'DELETED',
  'FAILED',
  'MISSING',
  'RELEASED',
] as const
/**
 * CREATING, RESIZING, UPDATING, RESTORING, DELETING: work is under way and will be finished, whatever crashes. FAILED: it was given up, the
 * operation says why, and nothing is left on any cluster. MISSING: its cluster no longer has it; reported, never
 * recreated by itself. RELEASED: its cluster has left the fleet with it; it is there as it was, and no longer ours to touch.
 */
export type VolumeState = (typeof VOLUME_STATES)[number]

/** What a cluster was last seen to hold for one of our volumes. */
export interface VolumeObservation {
  readonly sizeBytes: bigint
  readonly state: string
  readonly protection: string | null
  /** Whom its cluster admitted to it; null when that was not seen. */
  readonly access: HostAccess | null
  /** Snapshots of it that are not ours, those that are going left out; null when that was not seen yet. */
  readonly foreignSnapshotCount: number | null
  readonly observedAt: Date
}

/** A volume of ours: what is wanted, and what was last observed. */
export interface Volume {
  readonly id: VolumeId
  readonly project: string
  readonly name: string
  /** Logical size that is promised: the wanted one, or the present one while it shrinks. */
  readonly sizeBytes: bigint
  /** The smaller size that is wanted, until its cluster has confirmed it; null when it does not shrink. */
  readonly shrinkToBytes: bigint | null
  readonly replicas: number
  readonly compression: boolean
  /** Name of the QoS policy that it was asked for with; null for the cluster's own default. */
  readonly qosPolicy: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly state: VolumeState
  readonly clusterId: ClusterId
  /** Name on the cluster: it follows from the id, unless the volume was adopted or renamed there. */
  readonly backendName: string
  /** The cluster's own project that has it. */
  readonly backendProject: string
  /** The cluster's own UUID for it, once known. */
  readonly backendId: string | null
  readonly observed: VolumeObservation | null
  /** Null for an adopted volume: nobody chose its cluster. */
  readonly decisionId: DecisionId | null
  /** When it was taken under management, having been there before; null for one that we created. */
  readonly adoptedAt: Date | null
  readonly policyName: string
  /** The revision that chose its cluster. */
  readonly policyRevision: number
  /** Kept apart from other members of the group in its project, as the policy says; null for none. */
  readonly group: string | null
  /** The snapshot that it began as a clone of; null for one that began empty. */
  readonly sourceSnapshotId: SnapshotId | null
  readonly revision: number
  /** Counts what was asked of its cluster, from 1, the creation. A new name is ours alone and does not count. */
  readonly generation: number
  /** The last of these that came to an end, done or refused; less than `generation` while something is under way, 0 at first. */
  readonly settledGeneration: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}
