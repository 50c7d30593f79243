import type { PlacementPolicy } from '../../policies/policy.ts'
import type { Candidate, ObservedCandidate } from '../candidate.ts'
import type { PlacementContext } from '../placement-context.ts'
import type { PlacementRequest } from '../placement-request.ts'
import type { Rejection } from '../verdict.ts'

/** Looks at what is known of a cluster without any figures; null lets it pass. Independent of the request. */
export type StateFilter = (candidate: Candidate, policy: PlacementPolicy) => Rejection | null

/** Looks at a cluster's figures; independent of the request. */
export type FiguresFilter = (
  candidate: ObservedCandidate,
  policy: PlacementPolicy,
  nowMs: number,
) => Rejection | null

/** Looks at what the request asks of the cluster. */
export type RequestFilter = (
  request: PlacementRequest,
  candidate: ObservedCandidate,
  context: PlacementContext,
) => Rejection | null

/** A refusal that bytes are not the cause of. */
export function reject(reason: Rejection['reason'], explanation: string, remedy: string): Rejection {
  return { reason, explanation, remedy, shortfallBytes: null, fittingSizeBytes: null }
}
