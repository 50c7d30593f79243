import type { StateDelays } from '../cluster/records.ts'

/** How large each cluster is. A range is drawn from log-uniformly; a list is dealt out in turn. */
export type CapacityChoice =
  | { readonly kind: 'list'; readonly bytes: readonly bigint[] }
  | { readonly kind: 'range'; readonly minBytes: bigint; readonly maxBytes: bigint }

/** What a fleet is made with. A fleet that is found in `stateFolder` comes back as it was, whatever else is given. */
export interface FleetOptions {
  /** 1 unless given. A fleet that is restarted must not be given another number. */
  readonly clusters?: number
  /** The first cluster's port, the others follow; 0 takes any free ports. */
  readonly port?: number
  /** 0 takes any free port. */
  readonly controlPort?: number
  /** Remembers the fleet over restarts; without it, it lives in memory. */
  readonly stateFolder?: string
  readonly capacity?: CapacityChoice
  readonly nodesPerCluster?: number
  /** Provisioned share of the effective capacity that foreign volumes take at the start; may exceed 1. */
  readonly prefillRatio?: number
  /** Foreign volumes per cluster at the start; with `prefillRatio` that many, else each of 100 GiB. */
  readonly volumesPerCluster?: number
  /** Each 0 unless given: what is asked for is done when the answer comes. */
  readonly delays?: Partial<StateDelays>
  /** Decides sizes and faults. */
  readonly seed?: number
  /** Logical bytes stored per physical byte on compressed volumes. */
  readonly compressionRatio?: number
  /** Writes zero values into answers too. */
  readonly emitZeros?: boolean
}
