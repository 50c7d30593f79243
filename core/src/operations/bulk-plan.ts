import type { DomainError } from '../errors.ts'
import type { Volume } from '../volumes/volume.ts'

/** What would become of one volume; it may be otherwise when it is really asked for. */
export interface PlannedItem {
  readonly volume: Volume
  /** Null when nothing speaks against it now. */
  readonly blockedBy: DomainError | null
}

export interface BulkPlan {
  readonly items: readonly PlannedItem[]
}
