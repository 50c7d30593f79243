import type { SnapshotId, VolumeId } from '../identity/ids.ts'

/** Exactly one of them. */
export interface SourceInput {
  readonly snapshotId?: SnapshotId
  /** The volume as it is when its cluster takes a snapshot for the clone. */
  readonly volumeId?: VolumeId
}

export interface CreateVolumeInput {
  readonly idempotencyKey: string
  readonly name: string
  readonly project: string
  /** Name of the policy that decides. */
  readonly policy: string
  /** Volumes of one group and project are kept apart as the policy says. */
  readonly group?: string
  /** That of the source when absent; needed without one. */
  readonly sizeBytes?: bigint
  readonly source?: SourceInput
  /** The policy's default when absent. */
  readonly replicas?: number
  readonly compression?: boolean
  /** Name of a QoS policy that the cluster has; the policy's default when absent, none when null. */
  readonly qosPolicy?: string | null
  readonly labels: Readonly<Record<string, string>>
}
