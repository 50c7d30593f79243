import type { HistoryLine } from './history.ts'
import type { Records } from './records.ts'
import type { ClusterTruth } from './truth.ts'

/** All that is held against each other. */
export interface Facts {
  readonly records: Records
  readonly truth: readonly ClusterTruth[]
  /** Empty when no client kept one. */
  readonly history: readonly HistoryLine[]
}

/** What came of one rule. */
export interface Checked {
  /** How many things were looked at. */
  readonly count: number
  /** One line for each contradiction, with the ids; without the rule's number. */
  readonly faults: readonly string[]
}
