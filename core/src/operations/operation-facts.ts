import type { HeldTotals } from '../clusters/cluster-drain.ts'
import type { ClusterId, OperationId } from '../identity/ids.ts'
import type { SnapshotState } from '../snapshots/snapshot.ts'
import type { VolumeState } from '../volumes/volume.ts'
import type { BulkCounts } from './bulk-counts.ts'

/** What the records say of what an operation works on, as far as it tells how far the operation is. */
export interface OperationFacts {
  readonly operationId: OperationId
  readonly volume: {
    readonly state: VolumeState
    /** Since when its cluster may have been asked for the change, or the creation, that is wanted; null: nobody has asked. */
    readonly changeAskedAt: Date | null
    /** Whether the last inventory of its cluster contains it. */
    readonly isObserved: boolean
    readonly observedAt: Date | null
  } | null
  readonly snapshotState: SnapshotState | null
  /** Where a creation was placed, the first choice first; null for the last when no further cluster could have it. */
  readonly placements: readonly { readonly clusterId: ClusterId | null; readonly decidedAt: Date }[]
  readonly bulk: BulkCounts | null
  readonly drain: { readonly total: HeldTotals; readonly left: HeldTotals } | null
}
