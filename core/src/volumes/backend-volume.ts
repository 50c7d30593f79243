import type { HostAccess } from '../hosts/host-access.ts'

export const BACKEND_VOLUME_STATES = ['CREATING', 'AVAILABLE', 'UPDATING', 'DELETING', 'FAILED'] as const
/** FAILED: a husk without capacity, its name free again. */
export type BackendVolumeState = (typeof BACKEND_VOLUME_STATES)[number]

/** A volume as a cluster holds it. */
export interface BackendVolume {
  readonly backendId: string
  readonly name: string
  readonly project: string
  readonly sizeBytes: bigint
  readonly replicas: number
  readonly compression: boolean
  /** Name of its QoS policy; null when it has none of its own. */
  readonly qosPolicy: string | null
  /** As the cluster keeps them, which may be spelled otherwise than they were asked for. */
  readonly labels: Readonly<Record<string, string>>
  readonly state: BackendVolumeState
  /** The cluster's word for how well it is protected: `FullyProtected`, `Degraded`, ... */
  readonly protection: string | null
  /** Whom the cluster admits to it. */
  readonly access: HostAccess
  /** Backend id of the snapshot that it began as a copy of; null for one that began empty. */
  readonly sourceSnapshotId: string | null
  /** Opaque version for conditional changes. */
  readonly etag: string | null
}
