import type { ClusterId } from '../identity/ids.ts'
import type { HeldVolume } from '../moves/held-volume.ts'
import type { FleetState } from '../placement/fleet-state.ts'
import type { PlacementHistory } from '../placement/replay-under.ts'
import type { RequestUnderPolicy } from '../placement/request-under-policy.ts'
import type { PlacementPolicy } from '../policies/policy.ts'

/** Which past decisions; the newest of them when there are more than `limit`. */
export interface HistoryRange {
  /** From this moment on; null for any time. */
  readonly from: Date | null
  /** Before this moment; null for any time. */
  readonly to: Date | null
  readonly limit: number
  /** Only decisions of this policy, whatever its revision; null for all. */
  readonly policyName: string | null
}

export interface RecordedHistory extends PlacementHistory {
  readonly firstAt: Date
  readonly lastAt: Date
  /** Whether the range holds more decisions than the limit, before the first one here. */
  readonly hasEarlier: boolean
}

/** The records of past decisions and the fleet as it is, for whoever only looks: takes no lock, writes nothing. */
export interface PlacementRecords {
  /**
   * Decisions by their last hop, in order. Null when the range holds none.
   *
   * @throws RecordFaultError when the first of them does not replay from its record
   */
  readHistory(range: HistoryRange): Promise<RecordedHistory | null>
  /** The present fleet as a batch under this policy would see it. */
  readFleet(policy: PlacementPolicy, groups: readonly string[]): Promise<FleetState>
  /** What our volumes on these clusters would be asked for as elsewhere, the oldest first, at most `limit` of them. */
  readHeld(clusterIds: readonly ClusterId[], limit: number): Promise<readonly RequestUnderPolicy[]>
  /**
   * Our volumes on these clusters as they could be had elsewhere, the largest promise first, at most `perCluster` of each.
   * What is being deleted goes by itself and is left out.
   */
  readHeldVolumes(clusterIds: readonly ClusterId[], perCluster: number): Promise<readonly HeldVolume[]>
}
