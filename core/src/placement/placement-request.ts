import type { ClusterId, VolumeId } from '../identity/ids.ts'

/** What has to be placed. */
export interface PlacementRequest {
  readonly volumeId: VolumeId
  /** Logical size, 0 < size <= MAX_SIZE_BYTES. */
  readonly sizeBytes: bigint
  readonly replicas: number
  /** Clusters that have refused this volume already. */
  readonly excludedClusterIds: readonly ClusterId[]
  /**
   * Set when a volume that is there already grows: only this cluster is asked, under the limit for resize, and what
   * the operator wants of new volumes (cordon) does not bind. `sizeBytes` is then the growth.
   */
  readonly growsOn: ClusterId | null
  /** Set for a clone: its source's cluster, the only one that may take it. */
  readonly pinnedTo: ClusterId | null
  /** Volumes of one group are kept apart as the policy's spread rule says; unique over all projects. */
  readonly group: string | null
}

/** What a volume takes on a cluster: every replica counts. */
export function requestedBytes(request: { sizeBytes: bigint; replicas: number }): bigint {
  return request.sizeBytes * BigInt(request.replicas)
}
