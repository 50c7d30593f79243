import type { AttachmentMode } from '../hosts/attachment.ts'
import type { HostAccess } from '../hosts/host-access.ts'
import type { ClusterId, HostId } from '../identity/ids.ts'
import type { PlacementRequest } from '../placement/placement-request.ts'
import type { RequestUnderPolicy } from '../placement/request-under-policy.ts'
import type { SnapshotSchedule } from '../schedules/snapshot-schedule.ts'
import type { VolumeState } from '../volumes/volume.ts'

export interface HeldHost {
  readonly id: HostId
  readonly mode: AttachmentMode
}

type HeldSchedule = Pick<
  SnapshotSchedule,
  'id' | 'name' | 'labels' | 'recurrence' | 'keepCount' | 'retentionSeconds' | 'isPaused'
>

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
  /** Snapshots of it on its cluster that are not ours; null when that was not seen yet. */
  readonly foreignSnapshotCount: number | null
  /** Volumes that began as copies of its snapshots, and are still there. */
  readonly cloneCount: number
  /** The same that were not made here, adopted or not; null when that was not seen yet. */
  readonly foreignCloneCount: number | null
  /** Whether it began as a copy of a snapshot that its cluster still keeps, whoever took that. */
  readonly isClone: boolean
  /** Hosts that may use it, all in one mode. */
  readonly hosts: readonly HeldHost[]
  /** Schedules of snapshots that it has; they end with it. */
  readonly schedules: readonly HeldSchedule[]
  /** NQNs that its cluster was seen to admit without an attachment here. */
  readonly foreignNqns: HostAccess['hostNqns']
}
