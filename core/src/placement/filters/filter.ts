import type { PlacementPolicy } from '../../policies/policy.ts'
import type { Candidate, ObservedCandidate } from '../candidate.ts'
import type { PlacementContext } from '../placement-context.ts'
import type { PlacementRequest } from '../placement-request.ts'
import type { FilterName, Rejection } from '../verdict.ts'

export interface Filter<Facts extends readonly unknown[]> {
  readonly name: FilterName
  /** Why the candidate does not qualify; null lets it pass. */
  readonly refuse: (...facts: Facts) => Rejection | null
  /**
   * The numbers of one that passes, in the words of its refusal; null where it lets pass what it cannot judge. Worked
   * out only when somebody looks.
   */
  readonly passes: (...facts: Facts) => string | null
}

/** Looks at what is known of a cluster without any figures. Independent of the request. */
export type StateFilter = Filter<[candidate: Candidate, policy: PlacementPolicy]>

/** Looks at a cluster's figures; independent of the request. */
export type FiguresFilter = Filter<[candidate: ObservedCandidate, policy: PlacementPolicy, nowMs: number]>

/** Looks at what the request asks of the cluster. */
export type RequestFilter = Filter<
  [request: PlacementRequest, candidate: ObservedCandidate, context: PlacementContext]
>

/** A refusal that bytes are not the cause of. */
export function reject(reason: Rejection['reason'], explanation: string, remedy: string): Rejection {
  return { reason, explanation, remedy, shortfallBytes: null, fittingSizeBytes: null }
}
