import type { ClusterId, SnapshotId, SnapshotScheduleId, VolumeId } from '../identity/ids.ts'

export const SNAPSHOT_STATES = [
  'CREATING',
  'AVAILABLE',
  'DELETING',
  'LINGERING',
  'DELETED',
  'FAILED',
  'MISSING',
  'RELEASED',
] as const
/**
 * CREATING, DELETING: work is under way and will be finished, whatever crashes. LINGERING: its cluster has accepted the
 * deletion and keeps it until the last clone of it is gone. FAILED: it was given up, the operation says why. MISSING:
 * its cluster no longer has it; reported. RELEASED: as of a volume.
 */
export type SnapshotState = (typeof SNAPSHOT_STATES)[number]

/** What a volume held at one moment; on its volume's cluster, where it takes no promised bytes. */
export interface Snapshot {
  readonly id: SnapshotId
  readonly volumeId: VolumeId
  /** Its volume's. */
  readonly project: string
  /** Unique among the snapshots that its volume has. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly state: SnapshotState
  readonly clusterId: ClusterId
  /** Name on the cluster; follows from the id. */
  readonly backendName: string
  readonly backendId: string | null
  /** Logical size of its volume at that moment; a clone of it has at least this. */
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  /** How long it is kept once it is there; null for ever. */
  readonly retentionSeconds: number | null
  readonly expiresAt: Date | null
  /** The clone that it was taken for only; it goes when that is made. */
  readonly madeForId: VolumeId | null
  /** The schedule that it was taken by, deleted or not; null for one that somebody asked for. */
  readonly scheduleId: SnapshotScheduleId | null
  readonly observed: { readonly state: string; readonly observedAt: Date } | null
  readonly revision: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deletedAt: Date | null
}
