import type { ClusterId, VolumeId } from '../identity/ids.ts'
import type { OperationError } from '../operations/operation.ts'
import type { Settlement } from '../volumes/settlement.ts'
import type { Due } from './due.ts'
import type { VolumeLease } from './volume-lease.ts'

/** SETTLED; or CHANGED: what is wanted of the volume has changed meanwhile, look again at once; or LOST: another has the lease. */
export type SettleOutcome = 'SETTLED' | 'CHANGED' | 'LOST'

/** REPLACED: it goes to another cluster. NOWHERE: it has been given up, as no other qualifies or enough have refused. CHANGED: it is no longer wanted so. */
export type ReplaceOutcome = 'REPLACED' | 'NOWHERE' | 'CHANGED'

/** The records of volumes at work. One transaction each, with the ledger, the operation and the events. */
export interface ReconcileStore {
  /**
   * `null` when the volume is at rest, is unknown, or another worker has it. Marks its operation as running. Leases that
   * are asked for within some milliseconds are taken together.
   */
  lease(volumeId: VolumeId): Promise<VolumeLease | null>
  /** Writes what became of a leased volume and gives the lease back; ordinary successes of some milliseconds together. */
  settle(lease: VolumeLease, settlement: Settlement): Promise<SettleOutcome>
  /**
   * Moves a volume that its cluster has definitely refused to the next best one, within the same decision, and the promised
   * bytes with it; or gives it up, with the verdicts on all others in that decision. Ends the lease. Only for a volume that the former cluster certainly does not have.
   */
  replace(lease: VolumeLease, refusal: OperationError): Promise<ReplaceOutcome>
  /**
   * Takes the volumes whose work is due and that nobody has, and puts them off, so that they are not taken twice; at
   * most `perCluster` of each cluster, so that a sick one crowds nobody out, and none of those that are `busy` or do not answer:
   * what waits for a cluster is due in the moment in which it answers again.
   */
  takeDue(perCluster: number, busy: readonly ClusterId[]): Promise<readonly Due<VolumeId>[]>
}
