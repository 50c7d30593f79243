import type { ClusterId, OperationId } from '../identity/ids.ts'
import type { ClusterAdminState } from './cluster.ts'

/** What is on a cluster of ours. Bytes are promised ones, size x replicas. */
export interface HeldTotals {
  readonly volumeCount: number
  readonly snapshotCount: number
  readonly bytes: bigint
}

/** The emptying of a cluster, as last counted. Its operation tells whether it goes on. */
export interface ClusterDrain {
  readonly operationId: OperationId
  readonly clusterId: ClusterId
  /** What the cluster goes back to when the drain is cancelled. */
  readonly formerAdminState: ClusterAdminState
  /** What was there when it began. */
  readonly total: HeldTotals
  /** What is still there; what came since (a volume that grew) counts as well. */
  readonly left: HeldTotals
  readonly countedAt: Date
}

export const DRAIN_STEPS = ['STOP_PLACEMENTS', 'MOVE_VOLUMES', 'DELETE_SNAPSHOTS'] as const

export interface DrainStep {
  readonly name: (typeof DRAIN_STEPS)[number]
  readonly isDone: boolean
  /** For people. */
  readonly progress: string
}

/** How far a drain is, step by step. */
export function drainSteps({ total, left }: Pick<ClusterDrain, 'total' | 'left'>): readonly DrainStep[] {
  return [
    { name: 'STOP_PLACEMENTS', isDone: true, progress: 'takes no new volumes' },
    {
      name: 'MOVE_VOLUMES',
      isDone: left.volumeCount === 0,
      progress: `${left.volumeCount} of ${total.volumeCount} volumes left`,
    },
    {
      name: 'DELETE_SNAPSHOTS',
      isDone: left.snapshotCount === 0,
      progress: `${left.snapshotCount} of ${total.snapshotCount} snapshots left`,
    },
  ]
}
