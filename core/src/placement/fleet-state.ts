import type { Candidate } from './candidate.ts'
import type { Groups } from './group-counts.ts'

/** A fleet at one moment, as placement sees it. */
export interface FleetState {
  readonly candidates: readonly Candidate[]
  /** Who is where of the groups that are asked for. */
  readonly groups: Groups
  /** When the fleet was seen, in milliseconds since the epoch; every age is measured against it. */
  readonly nowMs: number
}
