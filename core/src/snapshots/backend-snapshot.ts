export const BACKEND_SNAPSHOT_STATES = ['CREATING', 'AVAILABLE', 'DELETING', 'FAILED'] as const
/** DELETING may last as long as clones of it live. FAILED: a husk, its name free again. */
export type BackendSnapshotState = (typeof BACKEND_SNAPSHOT_STATES)[number]

/** A snapshot as a cluster holds it. It takes no share of the provisioned bytes. */
export interface BackendSnapshot {
  readonly backendId: string
  readonly name: string
  readonly project: string
  /** Backend id of the volume that it was taken of. */
  readonly volumeId: string
  readonly sizeBytes: bigint
  readonly state: BackendSnapshotState
  readonly etag: string | null
}
