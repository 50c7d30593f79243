import type { Candidate } from './candidate.ts'
import type { PlacementDecision } from './placement-decision.ts'
import type { PlacementRequest } from './placement-request.ts'

/** One choice within a decision, with what its batch saw. A cluster that refuses makes another hop. */
export interface RecordedHop {
  readonly decision: PlacementDecision
  readonly request: PlacementRequest
  /** Order within the batch, from 0; what came before was deducted. */
  readonly position: number
  /** The fleet before the batch's first decision. */
  readonly seen: readonly Candidate[]
}
